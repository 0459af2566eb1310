/** Is every line there once, in order, when writer and worker are killed while files rotate? */

import { setTimeout as pause } from 'node:timers/promises';
import { nOfSeq, parseEntry } from '@mcplog/log-entry';
import { openLogReader } from '@mcplog/log-store/reader';
import { decodeTailMessage } from '@mcplog/protocol';
import { type ChildProgram, eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countFiles, IDS, numbersOnDisk, type Rig, startRig, upTo } from './rig.ts';

const ROTATIONS = 50;
const KILL_EVERY = 8;
/** A few batches fill a file, so that most rotations come from its size. */
const SMALL_FILES = { MCPLOG_ROTATE_BYTES: '20000' };

let rig: Rig;
let writer: ChildProgram;
let worker: ChildProgram;
let totals: number[];
let tailed: number[];

beforeAll(async () => {
  rig = await startRig();
  writer = await rig.start('log-writer', SMALL_FILES);
  worker = await rig.start('maintenance-worker');
  const tail = followTail();
  totals = [];
  let loading = true;
  const load = (async () => {
    while (loading) {
      await rig.capture(20);
      await pause(10);
    }
  })();
  const watching = (async () => {
    while (loading) {
      totals.push(await totalSeen());
      await pause(100);
    }
  })();
  for (let round = 1; round <= ROTATIONS; round++) {
    if (round % KILL_EVERY === 0) await killOne(round);
    const job = await rig.runJob('rotate', { instance: 'i1' });
    expect(job.status).toBe('done');
  }
  loading = false;
  await Promise.all([load, watching]);
  await eventually(async () => (await totalSeen()) === rig.captured, { timeoutMs: 60_000 });
  await rig.runJob('seal');
  tailed = await tail.until(rig.captured);
}, 400_000);

afterAll(() => rig.stop());

const view = () => openLogReader({ root: rig.logDir }).instance(IDS);

async function totalSeen(): Promise<number> {
  const { total } = await view().query({ limit: 1 });
  return total ?? 0;
}

/** Which one, and when within the round, is left to chance. */
async function killOne(round: number): Promise<void> {
  await pause(Math.random() * 200);
  if (round % (2 * KILL_EVERY) === 0) {
    await worker.end('SIGKILL');
    worker = await rig.start('maintenance-worker');
  } else {
    await writer.end('SIGKILL');
    writer = await rig.start('log-writer', SMALL_FILES);
  }
}

function numbersIn(block: Buffer): number[] {
  const lines = block.toString('utf8').split('\n').slice(0, -1);
  return lines.map((line) => nOfSeq(parseEntry(line)?.metadata.seq ?? 0));
}

/** A reader that follows like the gateway: what it did not hear it reads from the files. */
function followTail() {
  const numbers: number[] = [];
  let lastSeq = 0;
  let heardSeq = 0;
  let reading: Promise<void> | undefined;
  const readUpTo = async (untilSeq: number) => {
    for await (const block of view().lines({ afterSeq: lastSeq, untilSeq })) {
      numbers.push(...numbersIn(block));
    }
    lastSeq = untilSeq;
  };
  const readOn = async () => {
    while (lastSeq < heardSeq) {
      await readUpTo(heardSeq);
      await pause(50);
    }
    reading = undefined;
  };
  rig.bus.subscribe('tail.user.ann.i1', (_subject, payload) => {
    heardSeq = Math.max(heardSeq, decodeTailMessage(payload).header.lastSeq);
    reading ??= readOn();
  });
  return {
    until: async (last: number) => {
      await eventually(async () => {
        await reading;
        return numbers.length >= last;
      });
      return numbers;
    },
  };
}

test('the reader sees every line once, in order', async () => {
  const numbers: number[] = [];
  for await (const block of view().lines({})) numbers.push(...numbersIn(block));
  expect(numbers).toEqual(upTo(rig.captured));
});

test('zcat of all files, one after the other, gives every line once, in order', () => {
  expect(numbersOnDisk(rig.directory)).toEqual(upTo(rig.captured));
  const { plain, sealed } = countFiles(rig.directory);
  console.info(`${rig.captured} lines in ${sealed} sealed files`);
  expect(plain).toBe(0);
  expect(sealed).toBeGreaterThanOrEqual(ROTATIONS);
});

test('a reader that asked all the while never saw fewer lines than before', () => {
  expect(totals.length).toBeGreaterThan(ROTATIONS);
  expect(totals).toEqual(totals.toSorted((a, b) => a - b));
});

test('a reader that followed sees the same sequence without a gap', () => {
  expect(tailed).toEqual(upTo(rig.captured));
});
