/** Is anything lost, doubled or out of order when parts are killed under load? */
import { runOfSeq } from '@mcplog/log-entry';
import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { numbersIn } from '../src/ledger.ts';
import { type KeptLoad, type Load, startLoad } from '../src/load.ts';
import type { Part } from '../src/processes.ts';
import { isRemote, type LocalParts, type Product, startProduct } from '../src/product.ts';
import { openScene } from '../src/scene.ts';
import { type FollowedTail, followTail } from '../src/tail.ts';

const ROUNDS = Number(process.env.MCPLOG_KILL_ROUNDS ?? 1);
const LINES_PER_SECOND = 500;
const VICTIMS: readonly Part[] = [
  'process-supervisor',
  'log-writer',
  'nats-server',
  'query-api',
  'stream-gateway',
];

let product: Product;
let parts: LocalParts;
let load: Load;
let tail: FollowedTail;
let kept: KeptLoad;

describe.skipIf(isRemote)(`after ${ROUNDS} rounds of kill -9 of ${VICTIMS.join(', ')}`, () => {
  beforeAll(
    async () => {
      product = await startProduct();
      parts = product.local as LocalParts;
      load = await startLoad(product, await openScene(product), LINES_PER_SECOND);
      await load.untilKept(1);
      tail = await followTail(load.owner, load.instanceId);
      for (let round = 0; round < ROUNDS; round++) {
        for (const victim of VICTIMS) await killUnderLoad(victim);
      }
      kept = await load.finish();
    },
    60_000 + ROUNDS * 120_000,
  );

  afterAll(async () => {
    await tail?.stop();
    await product?.stop();
  });

  // The ledger has a number only after its line was written, so that a line that met no reader is not
  // in it; what the server writes between two supervisors is recovered too.
  test('every line is in the files exactly once and in order', () => {
    const { written, findings } = kept;
    console.info(`${written.length} lines, ${ROUNDS} rounds: ${JSON.stringify(findings)}`);
    const nothing = { doubled: [], disordered: [], invented: [], holes: [], tails: [] };
    expect(findings).toEqual(nothing);
    expect(written.length).toBeGreaterThan(ROUNDS * VICTIMS.length * (LINES_PER_SECOND / 2));
  });

  test('no run has a hole in its numbers, and each start of the server is a new run', () => {
    expect(kept.missing).toEqual({});
    const starts = kept.entries.filter(({ metadata }) => metadata.event === 'instance_starting');
    expect(new Set(starts.map(({ metadata }) => runOfSeq(metadata.seq))).size).toBe(ROUNDS + 1);
  });

  test('the query-api tells what the files hold', () => {
    expect(kept.told).toEqual(kept.entries);
  });

  test('a reader that resumed each time has seen the same sequence', async () => {
    const last = kept.entries.at(-1)?.metadata.seq;
    await eventually(() => tail.entries.at(-1)?.metadata.seq === last, { timeoutMs: 60_000 });
    const [first] = tail.entries;
    const from = first?.metadata.seq ?? 0;
    const rest = kept.entries.filter(({ metadata }) => metadata.seq >= from);
    expect(numbersIn(tail.entries)).toEqual(numbersIn(rest));
    expect(tail.gaps).toEqual([]);
    expect(tail.reconnections).toBeGreaterThanOrEqual(ROUNDS);
  });
});

/** Kills one part, waits until it runs again and further lines arrive in the files. */
async function killUnderLoad(victim: Part): Promise<void> {
  await load.untilKept(1);
  const old = parts.signal(victim, 'SIGKILL');
  await parts.untilRestarted(victim, old);
  await load.untilKept(LINES_PER_SECOND / 2);
}
