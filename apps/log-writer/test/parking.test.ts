/** Does one file that cannot be written hold up only its own log, and is nothing of it lost? */
import { existsSync, mkdirSync, readFileSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { nOfSeq, parseEntry } from '@mcplog/log-entry';
import { SystemLog } from '@mcplog/message-bus';
import { shardOf } from '@mcplog/protocol';
import { eventually } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { capture, captureOf, closeAfterEach, startSystem, startWriter } from './writer-rig.ts';

closeAfterEach();

/** An instance whose entries come in the same stream as those of i1. */
const SIBLING = Array.from({ length: 1_000 }, (_, at) => `i${at + 2}`).find(
  (id) => shardOf(id) === shardOf('i1'),
) as string;

const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

function fileOf(logDir: string, instanceId: string): string {
  return join(logDir, 'users/user_ann', `mcp_${instanceId}`, 'app.log');
}

function entriesIn(path: string) {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => parseEntry(line));
}

const numbersIn = (path: string) => entriesIn(path).map((one) => nOfSeq(one?.metadata.seq ?? 0));

/** A link in the place of i1's app.log. */
function spoil(logDir: string): string {
  const path = fileOf(logDir, 'i1');
  mkdirSync(join(path, '..'), { recursive: true });
  symlinkSync('/dev/null', path);
  return path;
}

test('a log whose file is refused is parked, its shard goes on, and it gets all its lines in the end', async () => {
  const { url, bus, logDir } = await startSystem();
  const path = spoil(logDir);
  const { writer } = await startWriter(url, { logDir });
  for (let from = 1; from <= 41; from += 10) {
    await capture(bus, from, from + 9);
    await captureOf(SIBLING, bus, { from, to: from + 9 });
  }
  await eventually(() => expect(numbersIn(fileOf(logDir, SIBLING))).toEqual(upTo(50)));
  const parked = join(logDir, 'parked/users/user_ann/mcp_i1/app.log');
  await eventually(() => expect(numbersIn(parked)).toEqual(upTo(50)));
  expect(writer.figures.parked_logs).toBe(1);
  expect(writer.problems.join()).toContain('no ordinary file');
  const events = () =>
    entriesIn(join(logDir, 'system/application.log')).map((one) => one?.metadata.event);
  await eventually(() => events().includes('log_parked'));
  unlinkSync(path);
  await capture(bus, 51, 60);
  await eventually(() => expect(numbersIn(path)).toEqual(upTo(60)));
  await eventually(() => !existsSync(parked));
  await eventually(() => events().includes('log_returned'));
  expect(writer.figures.parked_logs).toBe(0);
  expect(writer.problems).toEqual([]);
});

test('what a writer parked before it ended, the next one brings back first', async () => {
  const { url, bus, logDir } = await startSystem();
  const path = spoil(logDir);
  const first = await startWriter(url, { logDir });
  await capture(bus, 1, 10);
  const parked = join(logDir, 'parked/users/user_ann/mcp_i1/app.log');
  await eventually(() => expect(numbersIn(parked)).toEqual(upTo(10)));
  await first.close();
  unlinkSync(path);
  await capture(bus, 11, 20);
  await startWriter(url, { logDir });
  await eventually(() => expect(numbersIn(path)).toEqual(upTo(20)));
  await eventually(() => !existsSync(parked));
});

test('one system log that is refused does not hold up the others', async () => {
  const { url, bus, logDir } = await startSystem();
  mkdirSync(join(logDir, 'system'), { recursive: true });
  const audit = join(logDir, 'system/audit.log');
  symlinkSync('/dev/null', audit);
  await startWriter(url, { logDir });
  const log = new SystemLog(bus);
  log.write('audit', { level: 'info', event: 'log_access', message: 'looked at' });
  log.write('security', { level: 'info', event: 'login', message: 'came in' });
  const messagesIn = (path: string) => entriesIn(path).map((one) => one?.message);
  await eventually(() =>
    expect(messagesIn(join(logDir, 'system/security.log'))).toContain('came in'),
  );
  unlinkSync(audit);
  await eventually(() => expect(messagesIn(audit)).toEqual(['looked at']));
});
