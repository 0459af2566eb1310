/** Does looking for damage a part at a time come to every sealed file, and begin anew? */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeDisk, sealSegment, segmentPaths } from '@mcplog/log-store/maintenance';
import { makeTempDir } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { DamageSearch } from '../src/sealing/damage-search.ts';
import { findWork } from '../src/sealing/find-work.ts';
import { linesOf } from './rig.ts';

const DAYS = ['2025-07-12', '2025-07-13', '2025-07-14'];

async function sealedDays(): Promise<{ root: string; directory: string }> {
  const root = await makeTempDir('logs');
  const directory = join(root, 'users', 'user_ann', 'mcp_i1');
  mkdirSync(directory, { recursive: true });
  for (const [at, day] of DAYS.entries()) {
    const name = { log: 'app', day, number: 0 };
    writeFileSync(segmentPaths(directory, name).plain, linesOf(at * 100 + 1, at * 100 + 100));
    await sealSegment({ disk: nodeDisk, directory, name, sign: async () => Buffer.from('seal') });
  }
  return { root, directory };
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] as number) ^ 0x10;
  writeFileSync(path, bytes);
}

async function lookOnce(search: DamageSearch): Promise<string[]> {
  const found: string[] = [];
  for await (const { place, task } of search.next(new AbortController().signal)) {
    found.push(`${task} ${place.name.day}`);
  }
  return found;
}

test('each look takes a part, and all parts together are everything, again and again', async () => {
  const { root, directory } = await sealedDays();
  const pathsOf = (at: number) =>
    segmentPaths(directory, { log: 'app', day: DAYS[at] ?? '', number: 0 });
  const search = new DamageSearch(root, { bytesAtOnce: 1 });
  for (let look = 0; look < 4; look++) expect(await lookOnce(search)).toEqual([]);
  flip(pathsOf(0).index, 300);
  flip(pathsOf(1).index, 300);
  flip(pathsOf(2).sealed, 200);
  const rounds: string[][] = [];
  for (let look = 0; look < 8; look++) rounds.push(await lookOnce(search));
  const all = [['rebuild 2025-07-12'], ['rebuild 2025-07-13'], ['mend 2025-07-14'], []];
  expect(rounds).toEqual([...all, ...all]);
  expect(await lookOnce(new DamageSearch(root))).toEqual(all.flat());
});

test('what is deleted while it is looked through is no damage', async () => {
  const { root, directory } = await sealedDays();
  const search = new DamageSearch(root, { bytesAtOnce: 1 });
  expect(await lookOnce(search)).toEqual([]);
  rmSync(directory, { recursive: true });
  for (let look = 0; look < 4; look++) expect(await lookOnce(search)).toEqual([]);
});

test('others get their turn between two files, and a look that is broken off ends', async () => {
  const { root } = await sealedDays();
  const search = new DamageSearch(root);
  let turns = 0;
  const count = () => {
    turns++;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  expect(await lookOnce(search)).toEqual([]);
  clearImmediate(counting);
  expect(turns).toBeGreaterThanOrEqual(DAYS.length);
  const look = search.next(AbortSignal.abort(new Error('the shift ends')));
  await expect(look.next()).rejects.toThrow('the shift ends');
});

test('a folder that cannot be listed hides only itself', async () => {
  const { root, directory } = await sealedDays();
  const odd = join(directory, '..', 'mcp_i0');
  mkdirSync(odd);
  symlinkSync('.index', join(odd, '.index'));
  const [name] = DAYS.map((day) => ({ log: 'app', day, number: 1 }));
  writeFileSync(
    segmentPaths(directory, name ?? { log: 'app', day: '', number: 0 }).plain,
    linesOf(400, 401),
  );
  const unlisted: string[] = [];
  const onUnlisted = (path: string) => unlisted.push(path);
  const found: string[] = [];
  for await (const { task } of findWork(root, {}, onUnlisted)) found.push(task);
  expect(found).toEqual(['seal']);
  expect(unlisted).toEqual([odd]);
  flip(segmentPaths(directory, { log: 'app', day: DAYS[1] ?? '', number: 0 }).sealed, 200);
  expect(await lookOnce(new DamageSearch(root, { onUnlisted }))).toEqual(['mend 2025-07-13']);
});
