import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSealer } from '@mcplog/access-control';
import { expect, test } from 'vitest';
import { HeldFile } from './held-file.ts';

function openFile(instanceId = 'i1') {
  const dir = mkdtempSync(join(tmpdir(), 'mcplog-held-'));
  const sealer = createSealer(Buffer.alloc(32, 7));
  return { path: join(dir, instanceId), open: () => new HeldFile({ dir, instanceId, sealer }) };
}

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
  file.write(3, 10, { ...held, stderr: Buffer.alloc(5_000, 'x') });
  file.write(3, 12, held);
  expect(open().read()).toEqual({ run: 3, nextN: 12, ...held });
  const midLine = { ...nothing, stdoutMidLine: true };
  file.write(3, 13, midLine);
  expect(open().read()).toEqual({ run: 3, nextN: 13, ...midLine });
});

test('run and next number are there also when nothing is held', () => {
  const { path, open } = openFile();
  const file = open();
  for (const nextN of [1, 2, 2 ** 32 + 1]) {
    file.write(2 ** 21, nextN);
    expect(open().read()).toEqual({ run: 2 ** 21, nextN, ...nothing });
  }
  file.write(2 ** 21, 7, held);
  file.write(2 ** 21, 8, nothing);
  expect(open().read()).toEqual({ run: 2 ** 21, nextN: 8, ...nothing });
  file.delete();
  expect([existsSync(path), open().read()]).toEqual([false, undefined]);
});

test('what is prepared is written when it is committed, and not before', () => {
  const { open } = openFile();
  const file = open();
  file.write(1, 5, held);
  const commit = file.prepare(1, 6, held);
  expect(open().read()?.nextN).toBe(5);
  commit();
  expect(open().read()?.nextN).toBe(6);
});

test('the header is run, next number, length and checksum', () => {
  const { path, open } = openFile();
  open().write(1, 2);
  expect(readFileSync(path).toString('hex')).toBe(
    ['000000000000f03f', '0000000000000040', '00000000', '79a7331e'].join(''),
  );
});

test('nothing of it can be read in the file', () => {
  const { path, open } = openFile();
  open().write(1, 1, held);
  expect(readFileSync(path).includes('super-secret')).toBe(false);
});

test('a torn or changed file is not trusted', () => {
  const { path, open } = openFile();
  open().write(1, 1, held);
  const bytes = readFileSync(path);
  for (let end = 0; end < bytes.length; end++) {
    writeFileSync(path, bytes.subarray(0, end));
    expect(open().read()).toBeUndefined();
  }
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] as number) ^ 1;
    writeFileSync(path, changed);
    expect(open().read()).toBeUndefined();
  }
});
