/**
 * `owners.json`: the operating-system user of each of our users, as places counted from 0. A place
 * is never given twice, so that nobody comes to own a stranger's files.
 */
import { chmodSync, chownSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

const Places = Type.Record(Type.String(), Type.Integer({ minimum: 0 }));

export interface ChildOwnersOptions {
  readonly dataDir: string;
  /** First uid to use; absent: every server runs as this service does. */
  readonly uidBase: number | undefined;
}

export class ChildOwners {
  readonly #path: string;
  readonly #uidBase: number | undefined;
  readonly #places = new Map<string, number>();

  /** @throws Error when uids are wanted and this process may not change its own, or the file is damaged */
  constructor({ dataDir, uidBase }: ChildOwnersOptions) {
    this.#path = join(dataDir, 'supervisor', 'owners.json');
    this.#uidBase = uidBase;
    if (uidBase === undefined) return;
    if (process.getuid?.() !== 0) {
      throw new Error('MCPLOG_CHILD_UID_BASE needs a supervisor that was started as root');
    }
    for (const dir of [dataDir, join(dataDir, 'instances')]) {
      mkdirSync(dir, { recursive: true });
      // A server must come to its own home, and see nothing on the way.
      chmodSync(dir, 0o711);
    }
    for (const [userId, place] of readPlaces(this.#path)) this.#places.set(userId, place);
  }

  get areSeparate(): boolean {
    return this.#uidBase !== undefined;
  }

  /** Makes the home of an instance its owner's own; the uid to run under, if any. */
  prepareHome(userId: string, home: string): number | undefined {
    const folders = [home, join(home, 'tmp')];
    for (const dir of folders) mkdirSync(dir, { recursive: true, mode: 0o700 });
    if (this.#uidBase === undefined) return undefined;
    const uid = this.#uidBase + this.#placeOf(userId);
    for (const dir of folders) chownSync(dir, uid, uid);
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
