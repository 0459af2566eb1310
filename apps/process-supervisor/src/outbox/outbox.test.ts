import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bus } from '@mcplog/message-bus';
import { expect, test } from 'vitest';
import { Outbox } from './outbox.ts';
import { RunJournal } from './run-journal.ts';

const identity = {
  userId: 'ann',
  instanceId: 'i1',
  service: 'numbered',
  run: 1,
  stderrRouting: 'error-log',
} as const;

function openOutbox() {
  const dir = mkdtempSync(join(tmpdir(), 'mcplog-outbox-'));
  const away = {
    connected: false,
    publishDurable: () => Promise.reject(new Error('away')),
    onConnectionChange: () => () => {},
  };
  const bus = away as unknown as Bus;
  const limits = { fsync: false, spoolBytesMax: 2 ** 30, onTorn: () => undefined };
  const outbox = new Outbox({ bus, dir, ...limits });
  const spoolBytes = () => {
    const names = readdirSync(dir, { recursive: true, encoding: 'utf8' });
    const sizes = names.filter((name) => name.endsWith('.spool')).map((name) => join(dir, name));
    return sizes.reduce((sum, path) => sum + statSync(path).size, 0);
  };
  return { outbox, spoolBytes, journal: new RunJournal(outbox, identity) };
}

const record = {
  timestampMs: 1,
  type: 'stderr',
  message: 'x'.repeat(1_000),
  metadata: '',
} as const;

test('nothing of a turn is in the spool before its end, however much it is', async () => {
  const { outbox, journal, spoolBytes } = openOutbox();
  const states: number[] = [];
  outbox.onFlush(() => {
    states.push(spoolBytes());
    return () => states.push(spoolBytes());
  });
  for (let i = 0; i < 1_000; i++) journal.write(record);
  expect(spoolBytes()).toBe(0);
  outbox.flush();
  expect(states[0]).toBe(0);
  expect(states[1]).toBeGreaterThan(1_000_000);
  await outbox.close(0);
});

test('a state that cannot be written is a problem, and the others are written', async () => {
  const { outbox, journal } = openOutbox();
  const written: string[] = [];
  outbox.onFlush(() => () => {
    throw new Error('no space left');
  });
  outbox.onFlush(() => () => written.push('other'));
  journal.write(record);
  outbox.flush();
  expect(written).toEqual(['other']);
  expect(outbox.problems.join()).toContain('could not be written: Error: no space left');
  await outbox.close(0);
});
