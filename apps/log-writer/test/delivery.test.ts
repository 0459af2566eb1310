import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nOfSeq, parseEntry } from '@mcplog/log-entry';
import { SystemLog } from '@mcplog/message-bus';
import { decodeTailMessage } from '@mcplog/protocol';
import { eventually } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { capture, closeAfterEach, startSystem, startWriter } from './writer-rig.ts';

closeAfterEach();

async function appEntries(logDir: string) {
  const text = await readFile(join(logDir, 'users/user_ann/mcp_i1/app.log'), 'utf8').catch(
    () => '',
  );
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => parseEntry(line));
}

test('captured entries are in the file exactly once and in order across a writer that dies', async () => {
  const { url, bus, logDir } = await startSystem();
  const first = await startWriter(url, { logDir });
  await capture(bus, 1, 50);
  await eventually(async () => (await appEntries(logDir)).length === 50);
  await first.close();
  for (let from = 51; from <= 201; from += 50) await capture(bus, from, from + 49);
  await startWriter(url, { logDir });
  await eventually(async () => (await appEntries(logDir)).length >= 250);
  const entries = await appEntries(logDir);
  expect(entries.map((entry) => nOfSeq(entry?.metadata.seq ?? 0))).toEqual(
    Array.from({ length: 250 }, (_, i) => i + 1),
  );
});

test('two writers share the shards and every batch is written once', async () => {
  const { url, bus, logDir } = await startSystem();
  const one = await startWriter(url, { logDir });
  await eventually(() => one.writer.leases.length === 17);
  const other = await startWriter(url, { logDir });
  for (let from = 1; from <= 91; from += 10) await capture(bus, from, from + 9);
  await eventually(async () => (await appEntries(logDir)).length >= 100);
  expect(new Set([...one.writer.leases, ...other.writer.leases]).size).toBe(17);
  expect((await appEntries(logDir)).map((entry) => nOfSeq(entry?.metadata.seq ?? 0))).toEqual(
    Array.from({ length: 100 }, (_, i) => i + 1),
  );
});

test('listeners hear what was appended, with the seq before it', async () => {
  const { url, bus, logDir } = await startSystem();
  await startWriter(url, { logDir });
  const heard: number[][] = [];
  bus.subscribe('tail.user.ann.i1', (_subject, payload) => {
    const { header, lines } = decodeTailMessage(payload);
    heard.push([header.previousSeq % 2 ** 32, header.lastSeq % 2 ** 32, lines.length]);
  });
  await capture(bus, 1, 3);
  await capture(bus, 4, 4);
  await eventually(() => heard.length === 2);
  expect(heard).toEqual([
    [0, 3, 3],
    [3, 4, 1],
  ]);
});

test('system entries of many services get a rising seq, and what is no record is dropped', async () => {
  const { url, bus, logDir } = await startSystem();
  await startWriter(url, { logDir });
  const log = new SystemLog(bus);
  log.write('security', { level: 'warn', event: 'login_failed', message: 'one' });
  await bus.publishDurable('system.security', '{"nonsense":true}', 'x');
  log.write('security', {
    level: 'critical',
    event: 'attack',
    message: 'two',
    metadata: { seq: 1 },
  });
  const read = async () => {
    const text = await readFile(join(logDir, 'system/security.log'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => parseEntry(line));
  };
  await eventually(async () => (await read()).length === 2);
  const entries = await read();
  expect(entries.map((entry) => [entry?.level, entry?.message])).toEqual([
    ['warn', 'one'],
    ['critical', 'two'],
  ]);
  const [a, b] = entries.map((entry) => entry?.metadata.seq ?? 0);
  expect(a).toBeLessThan(b ?? 0);
});
