/** Does the server notice, or does a line get lost, while the message bus is away? */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KeptLoad, type Load, startLoad } from '../src/load.ts';
import { callTool, connectMcp } from '../src/mcp.ts';
import { isRemote, type LocalParts, type Product, startProduct } from '../src/product.ts';
import { openScene, type Scene } from '../src/scene.ts';

const AWAY_SECONDS = Number(process.env.MCPLOG_BUS_AWAY_SECONDS ?? 10);
const LINES_PER_SECOND = 500;
/** A line count, not a clock, says how long the bus stays away: a blocked server would not get there. */
const AWAY_LINES = AWAY_SECONDS * LINES_PER_SECOND;

let product: Product;
let parts: LocalParts;
let scene: Scene;

beforeAll(async () => {
  if (isRemote) return;
  product = await startProduct();
  parts = product.local as LocalParts;
  scene = await openScene(product);
});

afterAll(() => product?.stop());

interface Stats {
  readonly longestWriteMs: { readonly stdout: number; readonly stderr: number };
}

/** How the bus goes away and how it comes back. */
const WAYS: Readonly<Record<string, () => () => void>> = {
  'stands still': () => {
    parts.signal('nats-server', 'SIGSTOP');
    return () => void parts.signal('nats-server', 'SIGCONT');
  },
  'is killed and nobody starts it again': () => {
    parts.signal('launcher', 'SIGSTOP');
    parts.signal('nats-server', 'SIGKILL');
    return () => void parts.signal('launcher', 'SIGCONT');
  },
};

describe.skipIf(isRemote).each(Object.keys(WAYS))('while the bus %s', (way) => {
  let load: Load;
  let stats: Stats;
  let awayMs: number;
  let kept: KeptLoad;

  beforeAll(
    async () => {
      load = await startLoad(product, scene, LINES_PER_SECOND);
      await load.untilKept(LINES_PER_SECOND);
      const begin = performance.now();
      const comeBack = WAYS[way]?.();
      try {
        await load.untilWritten(AWAY_LINES, AWAY_SECONDS * 3_000);
      } finally {
        comeBack?.();
      }
      awayMs = performance.now() - begin;
      await load.untilKept(1);
      stats = await readStats(load);
      kept = await load.finish();
    },
    120_000 + AWAY_SECONDS * 10_000,
  );

  test('no write of the server waits for it', () => {
    expect(stats.longestWriteMs.stderr).toBeLessThan(awayMs);
  });

  test('nothing is lost, doubled or out of order, and the server runs on', () => {
    const { findings, missing, entries, written } = kept;
    const none = { doubled: [], disordered: [], invented: [], holes: [], tails: [] };
    expect(findings).toEqual(none);
    expect(missing).toEqual({});
    expect(written.length).toBeGreaterThan(AWAY_LINES);
    const starts = entries.filter(({ metadata }) => metadata.event === 'instance_starting');
    expect(starts).toHaveLength(1);
  });

  test('the query-api tells what the files hold', () => {
    expect(kept.told).toEqual(kept.entries);
  });
});

async function readStats({ owner, instanceId }: Load): Promise<Stats> {
  const client = await connectMcp(owner, instanceId);
  const stats = JSON.parse(await callTool(client, 'stats')) as Stats;
  await client.close();
  return stats;
}
