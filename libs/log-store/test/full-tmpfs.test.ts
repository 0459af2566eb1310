/** The same as in faulty-disk.test.ts on a file system that is really full; needs root to mount. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLogReader } from '../src/reader.ts';
import {
  append,
  encodeLines,
  entryOf,
  IDS,
  instanceFile,
  openWriter,
  scratchRoot,
} from './scratch.ts';

const APP = instanceFile('app');

function mountTmpfs(path: string): boolean {
  mkdirSync(path);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'tmpfs', path]);
  if (mounted.status !== 0) return false;
  onTestFinished(() => {
    spawnSync('umount', [path]);
  });
  return true;
}

test('a file system that fills up costs no line that was whole, and nothing once there is room', async (context) => {
  const root = join(await scratchRoot(), 'full');
  if (!mountTmpfs(root)) context.skip('no right to mount a tmpfs');
  const { writer } = openWriter(root);
  await writer.createInstance(IDS);
  const ballast = join(root, 'ballast');
  writeFileSync(ballast, Buffer.alloc(100_000));

  const batch = (n: number) => [0, 1, 2, 3, 4].map((at) => entryOf(n + at, 'x'.repeat(700)));
  let n = 1;
  const appendUntilFull = () => {
    for (; n < 10_000; n += 5) append(writer, APP, batch(n));
  };
  expect(appendUntilFull).toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
  const last = writer.lastSeq(APP);
  const all = Array.from({ length: n + 4 }, (_, at) => entryOf(at + 1, 'x'.repeat(700)));
  const kept = all.filter(({ metadata }) => metadata.seq <= last);
  expect(readFileSync(writer.fileOf(APP))).toEqual(encodeLines(kept));

  rmSync(ballast);
  writer.resume(APP);
  append(writer, APP, all.slice(kept.length));
  expect(await writer.close()).toEqual([]);
  const page = await openLogReader({ root }).instance(IDS).query({ order: 'asc', limit: 10_000 });
  expect(page.entries).toEqual(all);
});
