/** Which parts of hidden folders a server needs: its interpreter, its program, its folders. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, parse, sep } from 'node:path';

export interface ShownPath {
  readonly path: string;
  readonly writable: boolean;
}

/** A command as its catalogue item has it; administrators wrote it, so what it names may be seen. */
export interface NamedCommand {
  /** The program's own path. */
  readonly program: string;
  readonly args: readonly string[];
  /** Folders in which it finds further programs. */
  readonly searchPath: readonly string[];
}

/**
 * Programs with what lies beside them read-only; folders that an argument names with writing, as
 * far as the file system lets the server's user.
 */
export function shownPaths({ program, args, searchPath }: NamedCommand): ShownPath[] {
  const shown = new Map<string, boolean>();
  const add = (path: string | undefined, writable: boolean) => {
    if (path !== undefined) shown.set(path, writable || shown.get(path) === true);
  };
  for (const path of searchPath) add(packagesOf(path) ?? existing(path), false);
  for (const path of [program, ...args.filter(isAbsolute)]) {
    for (const name of namesOf(path)) {
      const isFolder = statOf(name)?.isDirectory() ?? false;
      if (isFolder) add(packagesOf(name) ?? notRoot(name), packagesOf(name) === undefined);
      else add(packagesOf(name) ?? folderOf(name), false);
    }
  }
  return [...shown].map(([path, writable]) => ({ path, writable })).sort(outerFirst);
}

/**
 * A program's folder that only its owner may enter, as its entries: they are shown one by one in a
 * folder that everybody may enter. Further folders below it stay as they are.
 */
export function openUp(shown: ShownPath): ShownPath[] {
  const { path, writable } = shown;
  const stat = statOf(path);
  const isClosed = stat?.isDirectory() === true && (stat.mode & 0o005) !== 0o005;
  if (!isClosed || writable) return [shown];
  return readdirSync(path).map((name) => ({ path: join(path, name), writable: false }));
}

/**
 * The first folder on the way to `path` that somebody who is neither its owner nor in its group
 * cannot pass through; absent when there is none.
 */
export function closedFolderOf(path: string): string | undefined {
  const { root } = parse(path);
  let at = root;
  for (const step of path.slice(root.length).split(sep)) {
    at = join(at, step);
    const stat = statOf(at);
    if (stat === undefined) return undefined;
    if (stat.isDirectory() && (stat.mode & 0o001) === 0) return at;
  }
  return undefined;
}

/** True for the folder itself as well. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

/** The path and, behind links, where it really is. */
function namesOf(path: string): string[] {
  try {
    return [...new Set([path, realpathSync(path)])];
  } catch {
    // An argument that only looks like a path.
    return [];
  }
}

/** A script lives from its package, or else its neighbours; alone in a home it is shown alone. */
function folderOf(file: string): string | undefined {
  for (let folder = dirname(file); isBelowHomes(folder); folder = dirname(folder)) {
    if (existing(join(folder, 'package.json')) !== undefined) return folder;
  }
  const folder = dirname(file);
  return isBelowHomes(folder) ? folder : existing(file);
}

/** Not `/root`, `/tmp` or somebody's whole home. */
function isBelowHomes(folder: string): boolean {
  const depth = folder.split(sep).filter((step) => step !== '').length;
  return depth >= (folder.startsWith('/home/') ? 3 : 2);
}

/** The outermost `node_modules` around a path: packages reach into each other. */
function packagesOf(path: string): string | undefined {
  const steps = path.split(sep);
  const at = steps.indexOf('node_modules');
  return at < 0 ? undefined : existing(steps.slice(0, at + 1).join(sep));
}

function notRoot(path: string): string | undefined {
  return parse(path).root === path ? undefined : path;
}

function existing(path: string): string | undefined {
  return statOf(path) === undefined ? undefined : path;
}

function statOf(path: string) {
  return statSync(path, { throwIfNoEntry: false });
}

function outerFirst(left: ShownPath, right: ShownPath): number {
  return left.path.length - right.path.length;
}
