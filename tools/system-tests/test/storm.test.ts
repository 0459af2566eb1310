/** What does a server that prints 200,000 lines a second do to its neighbours and to the disk? */
import { statSync } from 'node:fs';
import type { LogEntry } from '@mcplog/log-entry';
import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KeptLoad, type Load, startLoad } from '../src/load.ts';
import { filesBelow, inOrder, instanceDir, readInstanceFiles } from '../src/log-files.ts';
import { connectMcp } from '../src/mcp.ts';
import { isRemote, type LocalParts, type Product, startProduct } from '../src/product.ts';
import { NUMBERED_ITEM, openScene, type Scene } from '../src/scene.ts';
import type { Session } from '../src/session.ts';
import { openTail, type Tail } from '../src/tail.ts';

/** 60 for the show; the longer, the more is suppressed. */
const SECONDS = Number(process.env.MCPLOG_STORM_SECONDS ?? 2);
const LINES_PER_SECOND = 200_000;
const QUIET_LINES_PER_SECOND = 50;
/** That of the product's settings; a short storm must be over it on a busy machine too. */
const BUDGET =
  SECONDS < 10
    ? { linesPerSecond: 2_000, linesBurst: 20_000 }
    : { linesPerSecond: 10_000, linesBurst: 100_000 };
/** Most of an entry that is not its message, the line's end included; measured 230 to 300. */
const ENTRY_BYTES_MAX = 320;
const TELL_MS = 60_000;
/** Its burst is written by then, at the pace it is printed; later no more than its budget is. */
const BURST_MS = 1_000;
/** Of a second storm, on another instance. */
const BYTES_PER_DAY = 4_000_000;
const STORM_LINE = /^storm (\d+) /gm;

interface StormEnd {
  readonly printed: number;
  readonly ms: number;
  readonly longestWriteMs: number;
}

interface Stormed extends StormEnd {
  readonly entries: readonly LogEntry[];
  readonly kept: readonly number[];
  readonly notes: readonly LogEntry[];
  /** Of everything below the instance's folder. */
  readonly diskBytes: number;
  /** From before its first line to after its last. */
  readonly passedMs: number;
}

interface Neighbour {
  readonly load: Load;
  readonly tail: Tail;
}

let product: Product;
let parts: LocalParts;
let scene: Scene;
let owner: Session;
let neighbours: readonly Neighbour[];
let stormed: Stormed;
let capped: Stormed;
let quiet: readonly KeptLoad[];
let beganMs: number;
let endedMs: number;

async function addNeighbour(): Promise<Neighbour> {
  const load = await startLoad(product, scene, QUIET_LINES_PER_SECOND);
  await load.untilKept(1);
  return { load, tail: await openTail(load.owner, load.instanceId, { batch: true }) };
}

/** Prints, waits until every line is accounted for, and tells what became of them. */
async function runStorm(instanceId: string, seconds: number): Promise<Stormed> {
  const client = await connectMcp(owner, instanceId);
  const startedMs = performance.now();
  const params = { name: 'storm', arguments: { seconds, linesPerSecond: LINES_PER_SECOND } };
  const { content } = await client.callTool(params, { timeout: 600_000 });
  const [answer] = content;
  const end = JSON.parse(answer?.type === 'text' ? answer.text : '') as StormEnd;
  const passedMs = performance.now() - startedMs;
  await client.close();
  const dir = instanceDir(parts.logDir, owner.user.id, instanceId);
  const found = await eventually(() => accountOf(dir, end.printed), {
    timeoutMs: 120_000,
    intervalMs: 500,
  });
  const diskBytes = filesBelow(dir).reduce((sum, file) => sum + statSync(file).size, 0);
  return { ...end, ...found, diskBytes, passedMs };
}

/** Undefined until as many lines are written or told as left out as were printed. */
function accountOf(dir: string, printed: number) {
  const entries = inOrder(readInstanceFiles(dir));
  const kept = entries.flatMap(({ message }) =>
    [...message.matchAll(STORM_LINE)].map(([, number]) => Number(number)),
  );
  const notes = entries.filter(({ metadata }) => metadata.event === 'lines_suppressed');
  return kept.length + leftOut(notes) >= printed ? { entries, kept, notes } : undefined;
}

function leftOut(notes: readonly LogEntry[]): number {
  return notes.reduce((sum, { metadata }) => sum + Number(metadata.suppressed), 0);
}

/** Milliseconds from writing a line to its arrival at a client, of lines written in this time. */
function delaysBetween({ tail }: Neighbour, fromMs: number, toMs: number): number[] {
  return tail.entries.flatMap(({ message }, at) => {
    const writtenMs = Number(/^line \d+ at (\d+)$/.exec(message)?.[1]);
    const isWithin = writtenMs >= fromMs && writtenMs < toMs;
    return isWithin ? [(tail.arrivedMs[at] ?? 0) - writtenMs] : [];
  });
}

function describeDelays(delays: readonly number[]): string {
  const sorted = delays.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms of ${sorted.length} lines`;
}

function printFigures(): void {
  const { printed, ms, longestWriteMs, kept, diskBytes } = stormed;
  const delays = (fromMs: number, toMs: number) =>
    describeDelays(neighbours.flatMap((each) => delaysBetween(each, fromMs, toMs)));
  console.info(
    [
      `storm: ${printed} lines in ${ms} ms (${Math.round((printed / ms) * 1000)} lines/s)`,
      `${kept.length} written, ${diskBytes} bytes on disk, longest write of the child ${longestWriteMs.toFixed(1)} ms`,
      `neighbours before: ${delays(0, beganMs)}`,
      `neighbours during: ${delays(beganMs, endedMs)}`,
      `of these in its first second: ${delays(beganMs, beganMs + BURST_MS)}`,
      `of these after it: ${delays(beganMs + BURST_MS, endedMs)}`,
    ].join('\n'),
  );
}

describe.skipIf(isRemote)(`after ${SECONDS} s of ${LINES_PER_SECOND} lines/s`, () => {
  beforeAll(
    async () => {
      product = await startProduct();
      parts = product.local as LocalParts;
      scene = await openScene(product);
      owner = await scene.addUser('stormy');
      await scene.putItem('test-stormy', { ...NUMBERED_ITEM, storm: BUDGET });
      const storm = { bytesPerDay: BYTES_PER_DAY };
      await scene.putItem('test-capped', { ...NUMBERED_ITEM, storm });
      const stormy = await scene.addInstance(owner, { service: 'test-stormy' });
      const small = await scene.addInstance(owner, { service: 'test-capped' });
      neighbours = [await addNeighbour(), await addNeighbour()];
      await Promise.all(neighbours.map(({ load }) => load.untilKept(5 * QUIET_LINES_PER_SECOND)));
      beganMs = Date.now();
      stormed = await runStorm(stormy, SECONDS);
      endedMs = beganMs + stormed.ms;
      capped = await runStorm(small, 1);
      quiet = await Promise.all(neighbours.map(({ load }) => load.finish()));
      printFigures();
    },
    300_000 + SECONDS * 10_000,
  );

  afterAll(async () => {
    for (const { tail } of neighbours ?? []) tail.close();
    await product?.stop();
  });

  test('its neighbours lose nothing', () => {
    const nothing = { doubled: [], disordered: [], invented: [], holes: [], tails: [] };
    for (const { findings, missing, written } of quiet) {
      expect(findings).toEqual(nothing);
      expect(missing).toEqual({});
      expect(written.length).toBeGreaterThan(5 * QUIET_LINES_PER_SECOND);
    }
  });

  test('every line it printed is written once, in order, or told as left out', () => {
    for (const { printed, kept, notes } of [stormed, capped]) {
      expect(kept.length + leftOut(notes)).toBe(printed);
      expect(kept).toEqual([...new Set(kept)].sort((one, other) => one - other));
    }
    expect(leftOut(stormed.notes)).toBeGreaterThan(0);
  });

  test('it is told once a minute and at its end, with the reason', () => {
    const reasons = (notes: readonly LogEntry[]) =>
      [...new Set(notes.map(({ metadata }) => metadata.reason))].join();
    expect(reasons(stormed.notes)).toBe('lines_per_second');
    expect(reasons(capped.notes)).toBe('bytes_per_day');
    for (const { notes } of [stormed, capped]) {
      expect(notes.length).toBeGreaterThan(0);
      const early = notes.slice(0, -1).map(({ metadata }) => Number(metadata.durationMs));
      expect(early.filter((ms) => ms < TELL_MS)).toEqual([]);
    }
    expect(stormed.notes[0]).toMatchObject({
      level: 'warn',
      message: expect.stringContaining(`suppressed: more than ${BUDGET.linesPerSecond} lines/s`),
      metadata: { type: 'system' },
    });
  });

  test('the disk grows by no more than its budget', () => {
    const lines = BUDGET.linesBurst + (BUDGET.linesPerSecond * stormed.passedMs) / 1000;
    expect(stormed.kept.length).toBeLessThanOrEqual(lines);
    const lineBytes = stormed.entries.reduce(
      (most, { message }) => Math.max(most, message.length),
      0,
    );
    expect(stormed.diskBytes).toBeLessThanOrEqual(lines * (lineBytes + ENTRY_BYTES_MAX));
    expect(capped.diskBytes).toBeLessThanOrEqual(BYTES_PER_DAY);
    expect(capped.kept.length).toBeGreaterThan(0);
  });
});
