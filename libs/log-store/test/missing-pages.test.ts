/** What does a writer make of a file that lacks pages in its middle, or of names nobody synced? */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { MemoryDisk } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { openLogReader } from '../src/reader.ts';
import { openLogWriter } from '../src/writer.ts';
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

test('lines behind missing pages do not make the missing ones look like repetitions', async () => {
  const root = await scratchRoot();
  const { writer, findings } = openWriter(root);
  const path = writer.fileOf(APP);
  mkdirSync(dirname(path), { recursive: true });
  const missing = Buffer.alloc(encodeLines([entryOf(2)]).length);
  const left = [encodeLines([entryOf(1)]), missing, encodeLines([entryOf(3), entryOf(4)])];
  writeFileSync(path, Buffer.concat(left));

  expect(writer.lastSeq(APP)).toBe(0);
  expect(findings).toMatchObject([{ kind: 'set-aside', path }]);
  append(writer, APP, [entryOf(2), entryOf(3)]);
  append(writer, APP, [entryOf(4), entryOf(5)]);
  expect(await writer.close()).toEqual([]);
  const { entries, total } = await openLogReader({ root }).instance(IDS).query({ order: 'asc' });
  expect(entries).toEqual([1, 2, 3, 4, 5].map((n) => entryOf(n)));
  expect(total).toBe(5);
});

test('what a writer synced itself is not looked through again when it opens the file anew', async () => {
  const root = await scratchRoot();
  const { writer, findings } = openWriter(root, { filesMax: 1 });
  append(writer, APP, [entryOf(1)]);
  await writer.commit();
  writer.lastSeq(instanceFile('error'));
  append(writer, APP, [entryOf(2)]);
  expect(await writer.close()).toEqual([]);
  expect(findings).toEqual([]);
  expect(readdirSync(dirname(writer.fileOf(APP))).sort()).toEqual(['app.log', 'error.log']);
});

test('no more lies unsynced at the end of a file than the next start looks through', async () => {
  const disk = new MemoryDisk();
  const writer = openLogWriter({ root: '/srv/logs', disk, onFinding: () => undefined });
  append(writer, APP, [entryOf(1)]);
  expect(await writer.commit()).toEqual([]);
  const message = 'x'.repeat(2 ** 20);
  for (let n = 2; n <= 40; n++) append(writer, APP, [entryOf(n, message)]);
  const path = writer.fileOf(APP);
  const bytesOn = (found: MemoryDisk) => found.contents().get(path)?.length ?? 0;
  const unsynced = bytesOn(disk) - bytesOn(disk.afterPowerCut({ kind: 'nothing' }));
  expect(unsynced).toBeLessThan(17 * 2 ** 20);
  expect(await writer.close()).toEqual([]);
});

test('a sync that an append cannot wait with, and that fails, fails its lines', async () => {
  const plan = { isOn: false };
  const disk = new MemoryDisk({
    fail: ({ call, path }) =>
      plan.isOn && call === 'fsync' && path.endsWith('app.log') ? 'EIO' : undefined,
  });
  const writer = openLogWriter({ root: '/srv/logs', disk, onFinding: () => undefined });
  append(writer, APP, [entryOf(1)]);
  expect(await writer.commit()).toEqual([]);
  plan.isOn = true;
  const message = 'x'.repeat(17 * 2 ** 20);
  expect(() => append(writer, APP, [entryOf(2, message)])).toThrow('EIO');
  expect(writer.lastSeq(APP)).toBe(entryOf(1).metadata.seq);
  expect(await writer.commit()).toMatchObject([{ target: APP }]);
});

test('a name that a killed writer left unsynced is made durable by the next one', async () => {
  const disk = new MemoryDisk();
  const open = () => openLogWriter({ root: '/srv/logs', disk, onFinding: () => undefined });
  append(open(), APP, [entryOf(1)]);
  const next = open();
  append(next, APP, [entryOf(2)]);
  expect(await next.commit()).toEqual([]);
  const found = disk.afterPowerCut({ kind: 'nothing' });
  const view = openLogReader({ root: '/srv/logs', disk: found }).instance(IDS);
  expect((await view.query({ order: 'asc' })).entries).toEqual([entryOf(1), entryOf(2)]);
});

test('a directory whose sync failed is synced again before anything below it is promised', async () => {
  const disk = new MemoryDisk({
    fail: ({ call, path }) => (call === 'fsync' && path === '/srv' ? 'EIO' : undefined),
  });
  const writer = openLogWriter({ root: '/srv/logs', disk, onFinding: () => undefined });
  append(writer, APP, [entryOf(1)]);
  for (let round = 0; round < 2; round++) {
    expect(await writer.commit()).toMatchObject([{ target: APP }]);
    writer.resume(APP);
    append(writer, APP, [entryOf(1)]);
  }
  disk.liftFaults();
  expect(await writer.commit()).toEqual([]);
  const found = disk.afterPowerCut({ kind: 'nothing' });
  const view = openLogReader({ root: '/srv/logs', disk: found }).instance(IDS);
  expect((await view.query()).entries).toEqual([entryOf(1)]);
});

test('an empty file that a killed writer left unsynced is made durable by the next one', async () => {
  const disk = new MemoryDisk();
  const open = () => openLogWriter({ root: '/srv/logs', disk, onFinding: () => undefined });
  expect(open().lastSeq(APP)).toBe(0);
  const next = open();
  append(next, APP, [entryOf(1)]);
  expect(await next.commit()).toEqual([]);
  const found = disk.afterPowerCut({ kind: 'nothing' });
  const view = openLogReader({ root: '/srv/logs', disk: found }).instance(IDS);
  expect((await view.query({ order: 'asc' })).entries).toEqual([entryOf(1)]);
});
