/** When are days closed, and what does the audit log learn? */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openProofKeeper, parseAnchor } from '@mcplog/log-proof';
import type { SystemEvent } from '@mcplog/message-bus';
import { eventually, makeTempDir } from '@mcplog/test-kit';
import { afterEach, expect, test } from 'vitest';
import { ProofRounds } from '../src/proof/proof-rounds.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function startRounds(startMs: number) {
  const logDir = await makeTempDir('rounds');
  const data = await makeTempDir('rounds-data');
  mkdirSync(join(logDir, 'system'), { recursive: true });
  const told: (SystemEvent & { readonly category: string })[] = [];
  const clock = { nowMs: startMs };
  let rounds = 0;
  const now = () => clock.nowMs;
  const keeper = openProofKeeper({ logs: logDir, data, now });
  const running = new ProofRounds({
    keeper,
    systemLog: { write: (category, event) => void told.push({ category, ...event }) },
    settings: { logDir, checkpointMinutes: 10 },
    onProblem: () => {
      rounds++;
    },
    now,
    roundMs: 5,
  });
  closers.push(() => running.close());
  /** Waits until a round that began after this call has ended. */
  const untilRound = async () => {
    const after = rounds + 2;
    await eventually(() => rounds >= after);
  };
  const manifests = () => {
    const index = join(logDir, 'system', '.index');
    return readdirSync(index).filter((name) => name.startsWith('manifest.'));
  };
  return { logDir, told, clock, untilRound, manifests };
}

test('the first checkpoint is anchored at once, the next one when something changed and time passed', async () => {
  const { told, untilRound } = await startRounds(Date.parse('2025-07-13T12:00:00Z'));
  await eventually(() => told.length === 1);
  await untilRound();
  expect(told.map(({ category, event }) => [category, event])).toEqual([
    ['audit', 'integrity_anchor'],
  ]);
  expect(parseAnchor(String(told[0]?.metadata?.anchor))?.number).toBe(1);
});

test('a day is closed when its files are sealed, at last a quarter of an hour after it', async () => {
  const rounds = await startRounds(Date.parse('2025-07-13T23:59:58Z'));
  const { clock, told, untilRound } = rounds;
  const waiting = join(rounds.logDir, 'system', 'audit.log.2025-07-13');
  writeFileSync(waiting, '{}\n');
  const closed = () => told.filter(({ event }) => event === 'integrity_day_closed').length;

  clock.nowMs = Date.parse('2025-07-14T00:05:00Z');
  await untilRound();
  expect(closed()).toBe(0);
  rmSync(waiting);
  await eventually(() => closed() === 1);
  expect(rounds.manifests()).toEqual(['manifest.2025-07-13.json']);

  writeFileSync(waiting, '{}\n');
  clock.nowMs = Date.parse('2025-07-17T00:14:00Z');
  await untilRound();
  expect(closed()).toBe(1);
  clock.nowMs = Date.parse('2025-07-17T00:15:00Z');
  await eventually(() => closed() === 2);
  expect(rounds.manifests().sort()).toEqual([
    'manifest.2025-07-13.json',
    'manifest.2025-07-16.json',
  ]);
});
