import { appendFileSync, readdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTempDir } from '@mcplog/test-kit';
import { beforeEach, expect, it } from 'vitest';
import { EntryQueue } from '../src/wrap/entry-queue.ts';
import { HEADER_BYTES, SpoolFile } from '../src/wrap/spool-file.ts';
import { findLeftovers } from '../src/wrap/spool-folder.ts';

let dir: string;
const ABOUT = { name: 'x', command: ['x'], url: null, session: null };
const ALL = { lines: 1_000, bytes: 1_000_000 };
const line = (n: number) => Buffer.from(`{"entry":${n}}\n`);
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => line(from + at));
const texts = (found: readonly Buffer[]) => found.map(String);

/** A pid that no process has: larger than any system gives. */
const DEAD_PID = 2 ** 30;

function asOfDeadProcess(spool: SpoolFile): string {
  spool.close();
  const path = spool.path.replace(`.${process.pid}.spool`, `.${DEAD_PID}.spool`);
  renameSync(spool.path, path);
  return path;
}

beforeEach(async () => {
  dir = await makeTempDir('spool');
});

it('entries come back in order across spilling, reading and dropping', () => {
  const queue = new EntryQueue(SpoolFile.create(dir, ABOUT));
  for (const each of lines(1, 3)) queue.add(each);
  const first = queue.peek({ lines: 2, bytes: 1_000 }).lines;
  queue.spill();
  queue.add(line(4));
  queue.drop(first);
  expect(texts(queue.peek(ALL).lines)).toEqual(texts([line(3)]));
  queue.drop(queue.peek(ALL).lines);
  expect(texts(queue.peek(ALL).lines)).toEqual(texts([line(4)]));
  queue.drop(queue.peek(ALL).lines);
  expect(queue.isEmpty).toBe(true);
});

it('memory past its limit goes to the spool, and past the whole limit entries are counted', () => {
  const spool = SpoolFile.create(dir, ABOUT);
  const queue = new EntryQueue(spool, { memoryBytesMax: 40, bytesMax: 100 });
  for (const each of lines(10, 20)) queue.add(each);
  expect(spool.bytes).toBeGreaterThan(40);
  const kept = Math.floor(100 / line(10).length);
  expect(queue.takeLost()).toBe(11 - kept);
  expect(queue.takeLost()).toBe(0);
});

it('what waits longer than one tick is written down', () => {
  const spool = SpoolFile.create(dir, ABOUT);
  const queue = new EntryQueue(spool);
  queue.add(line(1));
  queue.tick();
  expect(spool.bytes).toBe(0);
  queue.tick();
  expect(spool.bytes).toBe(line(1).length);
});

it('a spool of a dead process is taken over once, with what was accepted and without a torn line', () => {
  const spool = SpoolFile.create(dir, ABOUT);
  spool.append(lines(1, 3));
  spool.drop(line(1).length);
  spool.update({ session: { instanceId: 'i', run: 7, acceptedN: 1 } });
  const path = asOfDeadProcess(spool);
  appendFileSync(path, '{"entry":4,"half');
  expect(findLeftovers(dir).files).toEqual([path]);
  const taken = SpoolFile.takeOver(path);
  expect(SpoolFile.takeOver(path)).toBeUndefined();
  expect(taken?.header.session).toEqual({ instanceId: 'i', run: 7, acceptedN: 1 });
  expect(texts(taken?.read(ALL) ?? [])).toEqual(texts(lines(2, 3)));
});

it('a spool that was emptied but for its header is empty', () => {
  const spool = SpoolFile.create(dir, ABOUT);
  spool.append(lines(1, 3));
  spool.drop(line(1).length);
  const path = asOfDeadProcess(spool);
  truncateSync(path, HEADER_BYTES);
  expect(SpoolFile.takeOver(path)?.bytes).toBe(0);
});

it('a file that is no spool is set aside, and one without a header removed', () => {
  const foreign = join(dir, `1-0123abcd.${DEAD_PID}.spool`);
  writeFileSync(foreign, 'x'.repeat(2 * HEADER_BYTES));
  const started = join(dir, `2-0123abcd.${DEAD_PID}.spool`);
  writeFileSync(started, '');
  expect(SpoolFile.takeOver(foreign)).toBeUndefined();
  expect(SpoolFile.takeOver(started)).toBeUndefined();
  expect(readdirSync(dir).filter((name) => !name.endsWith('.damaged'))).toEqual([]);
});

it('leftovers past the limit lose their oldest', () => {
  const old = asOfDeadProcess(SpoolFile.create(dir, ABOUT));
  renameSync(old, join(dir, `1-0123abcd.${DEAD_PID}.spool`));
  const young = asOfDeadProcess(SpoolFile.create(dir, ABOUT));
  const found = findLeftovers(dir, HEADER_BYTES);
  expect(found.files).toEqual([young]);
  expect(found.removed).toEqual([join(dir, `1-0123abcd.${DEAD_PID}.spool`)]);
});
