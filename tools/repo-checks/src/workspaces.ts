import type { Repo } from './repo.ts';

export type WorkspaceKind = 'apps' | 'libs' | 'tools';

export interface Workspace {
  readonly kind: WorkspaceKind;
  /** The folder's name, which is the package's name without its scope. */
  readonly name: string;
  readonly dir: string;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

const MANIFEST = /^(apps|libs|tools)\/([^/]+)\/package\.json$/;

export function workspacesOf(repo: Repo): Workspace[] {
  return repo.files.flatMap((file) => {
    const [, kind, name] = MANIFEST.exec(file) ?? [];
    if (kind === undefined || name === undefined) return [];
    const manifest = JSON.parse(repo.read(file)) as Record<string, Record<string, string>>;
    return {
      kind: kind as WorkspaceKind,
      name,
      dir: `${kind}/${name}`,
      dependencies: Object.keys(manifest.dependencies ?? {}),
      devDependencies: Object.keys(manifest.devDependencies ?? {}),
    };
  });
}

/** The workspace a file belongs to. */
export function workspaceOf(file: string, workspaces: readonly Workspace[]): Workspace | undefined {
  return workspaces.find((workspace) => file.startsWith(`${workspace.dir}/`));
}
