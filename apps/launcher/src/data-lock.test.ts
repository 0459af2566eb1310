import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockHolder, takeDataLock } from './data-lock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mcplog-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const file = () => join(dir, 'mcplog.lock');

it('a free directory is taken and given back', () => {
  const lock = takeDataLock(dir);
  expect(readFileSync(file(), 'utf8')).toBe(`${process.pid}\n`);
  lock.release();
  expect(() => readFileSync(file())).toThrow('ENOENT');
});

it.each([
  ['of a process that is gone', '999999999'],
  ['of a pid that another program has by now', String(process.pid)],
  ['that was cut short by a crash', ''],
])('the lock %s is taken over', (_, content) => {
  writeFileSync(file(), content);
  expect(lockHolder(dir)).toBeUndefined();
  takeDataLock(dir).release();
});

it('a lock that somebody else took over is not removed by its former holder', () => {
  const lock = takeDataLock(dir);
  writeFileSync(file(), '999999999\n');
  lock.release();
  expect(readFileSync(file(), 'utf8')).toBe('999999999\n');
});
