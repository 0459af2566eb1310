/** Does a log-writer rotate in time, on demand and under load without losing or doubling a line? */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeEntry, makeSeq, nOfSeq, parseEntry } from '@mcplog/log-entry';
import type { Bus } from '@mcplog/message-bus';
import {
  decodeTailMessage,
  ROTATE_SUBJECT,
  ROTATED_SUBJECT,
  type RotateProgress,
  WRITER_LEASES,
} from '@mcplog/protocol';
import { eventually } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import {
  capture,
  closeAfterEach,
  startWriter as startAnyWriter,
  startSystem,
} from './writer-rig.ts';

const INSTANCE = 'users/user_ann/mcp_i1';
closeAfterEach();

/** Alone, so that it comes to hold every lease. */
async function startWriter(...wanted: Parameters<typeof startAnyWriter>) {
  const started = await startAnyWriter(...wanted);
  await eventually(() => started.writer.leases.length === WRITER_LEASES.length);
  return started;
}

/** Each rotated file of app.log and the active one, in order of their names. */
function appFiles(logDir: string): string[] {
  const names = readdirSync(join(logDir, INSTANCE)).filter((name) => name.startsWith('app.log.'));
  const number = (name: string) => Number(/\d{4}-\d\d-\d\d\.(\d+)$/.exec(name)?.[1] ?? 0);
  const day = (name: string) => name.slice('app.log.'.length, 'app.log.'.length + 10);
  names.sort((a, b) => day(a).localeCompare(day(b)) || number(a) - number(b));
  return [...names, 'app.log'].map((name) => join(logDir, INSTANCE, name));
}

function numbersIn(files: readonly string[]): number[] {
  const text = files.map((file) => readFileSync(file, 'utf8')).join('');
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => nOfSeq(parseEntry(line)?.metadata.seq ?? 0));
}

const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

async function untilWritten(logDir: string, last: number): Promise<void> {
  await eventually(() => numbersIn(appFiles(logDir)).at(-1) === last);
}

/** Asks all writers to rotate, and hears them until one says it is done. */
async function rotateAll(bus: Bus, scope = {}): Promise<RotateProgress> {
  const heard: RotateProgress[] = [];
  const question = JSON.stringify({ leases: WRITER_LEASES, ...scope });
  const stop = bus.ask(ROTATE_SUBJECT, question, (answer) => {
    heard.push(JSON.parse(answer.toString()) as RotateProgress);
  });
  const last = await eventually(() => heard.find(({ isLast }) => isLast));
  stop();
  return last;
}

test('files that become too long are rotated under load, and each line is there once', async () => {
  const { url, bus, logDir } = await startSystem();
  await startWriter(url, { logDir, rotateBytes: 20_000 });
  const notices: string[] = [];
  bus.subscribe(ROTATED_SUBJECT, (_subject, notice) => notices.push(notice.toString()));
  for (let from = 1; from <= 951; from += 50) {
    await capture(bus, from, from + 49);
    // Each 200 lines fill a file; those in between arrive while one is being rotated.
    if (from % 200 === 151) await eventually(() => notices.length >= Math.ceil(from / 200));
  }
  await untilWritten(logDir, 1_000);
  await eventually(() => expect(numbersIn(appFiles(logDir))).toEqual(upTo(1_000)));
  expect(notices.length).toBeGreaterThanOrEqual(5);
  expect(JSON.parse(notices[0] ?? '')).toMatchObject({
    owner: { kind: 'instance', userId: 'ann', instanceId: 'i1' },
    log: 'app',
    number: 0,
  });
});

test('batches that come again after a rotation and a restart are not written again', async () => {
  const { url, bus, logDir } = await startSystem();
  const first = await startWriter(url, { logDir });
  await capture(bus, 1, 20);
  await untilWritten(logDir, 20);
  expect(await rotateAll(bus)).toMatchObject({ failures: [], leases: [...WRITER_LEASES] });
  await capture(bus, 1, 20);
  await capture(bus, 21, 30);
  await untilWritten(logDir, 30);
  await rotateAll(bus);
  await first.close();
  await capture(bus, 11, 30);
  await capture(bus, 31, 40);
  await startWriter(url, { logDir });
  await untilWritten(logDir, 40);
  expect(numbersIn(appFiles(logDir))).toEqual(upTo(40));
});

test('what a writer had appended but not acknowledged when it died is not doubled', async () => {
  const { url, bus, logDir } = await startSystem();
  // Its place in the stream: one batch is written and rotated by hand, but never acknowledged.
  await capture(bus, 1, 20);
  const line = (n: number) =>
    encodeEntry({
      timestamp: '2025-07-13T00:00:00.000Z',
      level: 'info',
      message: `line ${n}`,
      metadata: { seq: makeSeq(1, n), type: 'stdout', service: 'everything' },
    });
  const path = join(logDir, INSTANCE, 'app.log.2025-07-13');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    upTo(15)
      .map((n) => `${line(n)}\n`)
      .join(''),
  );
  await startWriter(url, { logDir });
  await untilWritten(logDir, 20);
  expect(numbersIn(appFiles(logDir))).toEqual(upTo(20));
});

test('files of an earlier day are rotated at the start, whoever wrote them, and no others', async () => {
  const { url, bus, logDir } = await startSystem();
  const first = await startWriter(url, { logDir });
  await capture(bus, 1, 5);
  await untilWritten(logDir, 5);
  await first.close();
  const old = join(logDir, 'users/user_bob/mcp_gone/error.log');
  mkdirSync(dirname(old), { recursive: true });
  const metadata = { seq: makeSeq(1, 1), type: 'stderr', service: 'everything' } as const;
  const timestamp = '2025-07-13T12:00:00.000Z';
  writeFileSync(old, `${encodeEntry({ timestamp, level: 'info', message: 'old', metadata })}\n`);
  await startWriter(url, { logDir });
  await eventually(() => readdirSync(dirname(old)).includes('error.log.2025-07-13'), {
    timeoutMs: 30_000,
  });
  await eventually(() => readFileSync(old, 'utf8') === '');
  expect(appFiles(logDir)).toHaveLength(1);
});

test('on demand one instance is rotated and no other', async () => {
  const { url, bus, logDir } = await startSystem();
  await startWriter(url, { logDir });
  await capture(bus, 1, 5);
  await untilWritten(logDir, 5);
  expect(await rotateAll(bus, { instance: 'another' })).toMatchObject({ total: 0, rotated: 0 });
  expect(await rotateAll(bus, { user: 'ann', instance: 'i1' })).toMatchObject({
    total: 1,
    rotated: 1,
  });
  expect(appFiles(logDir)).toHaveLength(2);
});

test('listeners hear an unbroken chain across rotations', async () => {
  const { url, bus, logDir } = await startSystem();
  await startWriter(url, { logDir });
  const chain: number[] = [];
  const breaks: unknown[] = [];
  bus.subscribe('tail.user.ann.i1', (_subject, payload) => {
    const { header } = decodeTailMessage(payload);
    if (header.previousSeq !== (chain.at(-1) ?? 0)) breaks.push(header);
    chain.push(header.lastSeq);
  });
  for (let round = 0; round < 5; round++) {
    await capture(bus, round * 10 + 1, round * 10 + 10);
    await eventually(() => nOfSeq(chain.at(-1) ?? 0) === round * 10 + 10);
    await rotateAll(bus);
  }
  expect(breaks).toEqual([]);
});
