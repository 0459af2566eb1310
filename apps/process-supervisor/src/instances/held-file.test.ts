import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSealer } from '@mcplog/access-control';
import { expect, test } from 'vitest';
import { HeldFile, readMark } from './held-file.ts';

function openFile(instanceId = 'i1') {
  const dir = mkdtempSync(join(tmpdir(), 'mcplog-held-'));
  const sealer = createSealer(Buffer.alloc(32, 7));
  const place = { dir, instanceId };
  return {
    dir,
    pathOf: (slot: 0 | 1) => join(dir, `${instanceId}.${slot}`),
    open: () => new HeldFile({ ...place, sealer }),
    mark: () => readMark(place),
  };
}

const markOf = (run: number, nextN: number) => ({ run, nextN, stdout: 10 * nextN, stderr: 7 });

const held = {
  stdout: Buffer.from('half a li'),
  stderr: Buffer.from('token=super-secret\n'),
  stdoutMidLine: false,
  records: [{ timestampMs: 1, type: 'http', message: 'm', metadata: '' } as const],
};
const empty = Buffer.alloc(0);
const nothing = { stdout: empty, stderr: empty, stdoutMidLine: false, records: [] };

test('what was held is read by the next process, the last state only', () => {
  const { open } = openFile();
  const file = open();
  file.write(markOf(3, 10), { ...held, stderr: Buffer.alloc(5_000, 'x') });
  file.write(markOf(3, 12), held);
  expect(open().read()).toEqual({ mark: markOf(3, 12), ...held });
  const behind = { ...held, linesBehind: ['stderr'] as const };
  file.write(markOf(3, 13), behind);
  expect(open().read()).toEqual({ mark: markOf(3, 13), ...behind });
  const midLine = { ...nothing, stdoutMidLine: true };
  file.write(markOf(3, 13), midLine);
  expect(open().read()).toEqual({ mark: markOf(3, 13), ...midLine });
});

test('the mark is there also when nothing is held, and without the key', () => {
  const { dir, open, mark } = openFile();
  const file = open();
  for (const nextN of [1, 2, 2 ** 32 + 1]) {
    file.write(markOf(2 ** 21, nextN));
    expect(open().read()).toEqual({ mark: markOf(2 ** 21, nextN), ...nothing });
  }
  file.write(markOf(2 ** 21, 7), held);
  expect(mark()).toEqual(markOf(2 ** 21, 7));
  file.write(markOf(2 ** 21, 8), nothing);
  expect(open().read()).toEqual({ mark: markOf(2 ** 21, 8), ...nothing });
  file.delete();
  expect([readdirSync(dir), open().read(), mark()]).toEqual([[], undefined, undefined]);
});

test('a second process goes on where the first ended, and begins anew after a deletion', () => {
  const { open } = openFile();
  for (let nextN = 1; nextN < 6; nextN++) {
    const file = open();
    file.read();
    file.write(markOf(1, nextN));
    expect(open().read()?.mark.nextN).toBe(nextN);
  }
  const file = open();
  file.read();
  file.delete();
  file.write(markOf(2, 1));
  expect(open().read()?.mark).toEqual(markOf(2, 1));
});

test('what is prepared is written when it is committed, and not before', () => {
  const { open } = openFile();
  const file = open();
  file.write(markOf(1, 5), held);
  const commit = file.prepare(markOf(1, 6), held);
  expect(open().read()?.mark.nextN).toBe(5);
  commit();
  expect(open().read()?.mark.nextN).toBe(6);
});

test('the header is generation, run, next number, bytes of both streams, length and checksum', () => {
  const { pathOf, open } = openFile();
  open().write({ run: 1, nextN: 2, stdout: 3, stderr: 4 });
  expect(readFileSync(pathOf(1)).toString('hex')).toBe(
    [
      '000000000000f03f',
      '000000000000f03f',
      '0000000000000040',
      '0000000000000840',
      '0000000000001040',
      '00000000',
      '66803e4b',
    ].join(''),
  );
});

test('nothing of it can be read in the file', () => {
  const { pathOf, open } = openFile();
  open().write(markOf(1, 1), held);
  expect(readFileSync(pathOf(1)).includes('super-secret')).toBe(false);
});

test('a file that is torn or changed gives way to the one before', () => {
  const { pathOf, open } = openFile();
  const file = open();
  file.write(markOf(1, 1), held);
  file.write(markOf(1, 2), held);
  const bytes = readFileSync(pathOf(0));
  for (let end = 0; end < bytes.length; end++) {
    writeFileSync(pathOf(0), bytes.subarray(0, end));
    expect(open().read()?.mark.nextN).toBe(1);
  }
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] as number) ^ 1;
    writeFileSync(pathOf(0), changed);
    expect(open().read()?.mark.nextN).toBe(1);
  }
  writeFileSync(pathOf(1), '');
  expect(open().read()).toBeUndefined();
});
