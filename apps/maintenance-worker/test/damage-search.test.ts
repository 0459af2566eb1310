/** Does looking for damage a part at a time come to every sealed file, and begin anew? */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeDisk, sealSegment, segmentPaths } from '@mcplog/log-store/maintenance';
import { makeTempDir } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { DamageSearch } from '../src/sealing/damage-search.ts';
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
  const search = new DamageSearch(root, 1);
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
  const search = new DamageSearch(root, 1);
  expect(await lookOnce(search)).toEqual([]);
  rmSync(directory, { recursive: true });
  for (let look = 0; look < 4; look++) expect(await lookOnce(search)).toEqual([]);
});
