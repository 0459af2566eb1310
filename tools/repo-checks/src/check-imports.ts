import { DOORS, LIB_IMPORTS } from './import-table.ts';
import { type Check, type Finding, problem } from './repo.ts';
import { type Workspace, workspaceOf, workspacesOf } from './workspaces.ts';

const SCOPE = '@mcplog/';
const SOURCE = /^(apps|libs|tools)\/.*\.(ts|tsx|mts|mjs|js)$/;
const TEST = /\.test\.[a-z]+$|\/test\//;
const SPECIFIER =
  /(?:^|[\s;}])(?:import|export)\b[^'"`;()]*?['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]/g;

/** Declared dependencies on our own packages stay inside the table of the architecture. */
export const checkDeclaredImports: Check = (repo) => {
  const workspaces = workspacesOf(repo);
  const kinds = new Map(workspaces.map(({ name, kind }) => [name, kind]));
  return workspaces.flatMap((workspace) => {
    const own = (names: readonly string[]) =>
      names.filter((name) => name.startsWith(SCOPE)).map((name) => name.slice(SCOPE.length));
    const all = own([...workspace.dependencies, ...workspace.devDependencies]);
    const notLibs = all.filter((name) => kinds.get(name) !== 'libs');
    const outside = own(workspace.dependencies).filter(
      (name) => kinds.get(name) === 'libs' && !isAllowed(workspace, name),
    );
    return [
      ...notLibs.map((name) => problem(`${workspace.dir} depends on ${name}, which is no lib`)),
      ...outside.map((name) => problem(`${workspace.dir} must not depend on libs/${name}`)),
    ];
  });
};

function isAllowed(workspace: Workspace, lib: string): boolean {
  if (workspace.kind === 'tools') return true;
  if (workspace.kind === 'apps') return lib !== 'test-kit';
  const allowed = LIB_IMPORTS[workspace.name] ?? [];
  return allowed === 'any lib' || allowed.includes(lib);
}

/** What a file imports is declared by its package and goes through a door that is open to it. */
export const checkSourceImports: Check = (repo) => {
  const workspaces = workspacesOf(repo);
  const sources = repo.files.filter((file) => SOURCE.test(file));
  return sources.flatMap((file) => {
    const workspace = workspaceOf(file, workspaces);
    const specifiers = importsOf(repo.read(file));
    return specifiers.flatMap((specifier) => [
      ...(workspace === undefined ? [] : undeclared(file, specifier, workspace)),
      ...closedDoors(file, specifier),
    ]);
  });
};

/** Every module name in `import`, `export … from` and `import()`. */
export function importsOf(source: string): string[] {
  const found = [...source.matchAll(SPECIFIER)].map((match) => match[1] ?? match[2] ?? '');
  return [...new Set(found)];
}

function undeclared(file: string, specifier: string, workspace: Workspace): Finding[] {
  if (!specifier.startsWith(SCOPE)) return [];
  const packageName = specifier.split('/').slice(0, 2).join('/');
  const declared = [
    `${SCOPE}${workspace.name}`,
    ...workspace.dependencies,
    ...workspace.devDependencies,
  ];
  if (declared.includes(packageName)) return [];
  return [problem(`${file} imports ${packageName}, which ${workspace.dir}/package.json lacks`)];
}

function closedDoors(file: string, specifier: string): Finding[] {
  if (TEST.test(file)) return [];
  const closed = DOORS.filter((door) => door.pattern.test(specifier) && !door.openTo.test(file));
  return closed.map(({ rule }) => problem(`${file} imports ${specifier}: ${rule}`));
}
