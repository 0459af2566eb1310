/**
 * `owners.json`: the operating-system user of each of our users, as places counted from 0. A place
 * is never given twice, so that nobody comes to own a stranger's files.
 */
import {
  chmodSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Isolation } from '../isolation/isolation.ts';

const Places = Type.Record(Type.String(), Type.Integer({ minimum: 0 }));

export interface ChildOwnersOptions {
  readonly dataDir: string;
  readonly isolation: Pick<Isolation, 'kind' | 'uidBase'>;
}

export class ChildOwners {
  readonly #path: string;
  readonly #uidBase: number | undefined;
  readonly #places = new Map<string, number>();

  /** @throws Error when the file is damaged */
  constructor({ dataDir, isolation }: ChildOwnersOptions) {
    this.#path = join(dataDir, 'supervisor', 'owners.json');
    this.#uidBase = isolation.uidBase;
    if (this.#uidBase === undefined) return;
    for (const dir of [dataDir, join(dataDir, 'instances')]) {
      mkdirSync(dir, { recursive: true });
      // A server must come to its own home, and see nothing on the way. Bubblewrap brings it there.
      if (isolation.kind === 'uid') chmodSync(dir, 0o711);
    }
    for (const [userId, place] of readPlaces(this.#path)) this.#places.set(userId, place);
  }

  /** Makes the home of an instance its owner's own; the uid to run under, if any. */
  prepareHome(userId: string, home: string): number | undefined {
    const folders = [home, join(home, 'tmp')];
    for (const dir of folders) makeOwnFolder(dir);
    if (this.#uidBase === undefined) return undefined;
    const uid = this.#uidBase + this.#placeOf(userId);
    if (lstatSync(home).uid !== uid) giveAway(home, uid);
    for (const dir of folders) lchownSync(dir, uid, uid);
    return uid;
  }

  #placeOf(userId: string): number {
    const known = this.#places.get(userId);
    if (known !== undefined) return known;
    const place = Math.max(-1, ...this.#places.values()) + 1;
    this.#places.set(userId, place);
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    writeFileSync(`${this.#path}.new`, JSON.stringify(Object.fromEntries(this.#places)));
    renameSync(`${this.#path}.new`, this.#path);
    return place;
  }
}

/** A server may have put something else in its place, such as a link to a folder of ours. */
function makeOwnFolder(dir: string): void {
  const found = lstatSync(dir, { throwIfNoEntry: false });
  if (found !== undefined && !found.isDirectory()) rmSync(dir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}

/** What an instance wrote before its user had a uid; links are changed, not followed. */
function giveAway(home: string, uid: number): void {
  for (const { parentPath, name } of readdirSync(home, { recursive: true, withFileTypes: true })) {
    lchownSync(join(parentPath, name), uid, uid);
  }
}

function readPlaces(path: string): [string, number][] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const places: unknown = JSON.parse(text);
  if (!Value.Check(Places, places)) throw new Error(`${path} is damaged; restore it`);
  return Object.entries(places);
}
