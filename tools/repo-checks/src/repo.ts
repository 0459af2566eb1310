import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What a check may look at: the files that are, or would be, in the repository. */
export interface Repo {
  /** Paths from the root, with forward slashes. */
  readonly files: readonly string[];
  read(path: string): string;
  /** What a module exports, for what only running it can tell. */
  load(path: string): Readonly<Record<string, unknown>>;
}

/** A `problem` fails the run, a `note` is only told. */
export interface Finding {
  readonly kind: 'problem' | 'note';
  readonly text: string;
}

export type Check = (repo: Repo) => readonly Finding[];

export function problem(text: string): Finding {
  return { kind: 'problem', text };
}

const requireModule = createRequire(import.meta.url);

/** The working tree as git sees it: tracked files and new ones that are not ignored. */
export function gitRepo(root: string): Repo {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const paths = listed.split('\0').filter((path) => path !== '');
  return {
    files: paths.filter((path) => existsSync(join(root, path))),
    read: (path) => readFileSync(join(root, path), 'utf8'),
    // Node's require takes ES modules too, and keeps the checks synchronous.
    load: (path) => requireModule(join(root, path)),
  };
}
