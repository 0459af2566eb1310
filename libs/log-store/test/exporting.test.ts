/** Do rows hold what the lines do, wherever they are made, and in memory that does not grow? */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeEntry, type LogEntry } from '@mcplog/log-entry';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createScanPool,
  csvRow,
  type LinesFacts,
  type LinesOptions,
  openLogReader,
  READ_SIZES,
  type RowFormat,
  type ScanPool,
  textRow,
} from '../src/reader.ts';
import { encodeLines, IDS } from './scratch.ts';
import { flip, manyEntries, NAME, type SegmentScene, SMALL, scene, seal } from './segments.ts';

let pool: ScanPool;
beforeAll(() => {
  pool = createScanPool({ workers: 2 });
});
afterAll(() => pool.close());

const ENTRIES = manyEntries(600);
const ROWS: Readonly<Record<RowFormat, (entry: LogEntry) => string>> = {
  csv: csvRow,
  text: textRow,
  json: (entry) => `,\n${encodeEntry(entry)}`,
};

/** Sealed app entries, rotated access entries, and error entries still growing. */
async function threeLogs(): Promise<SegmentScene> {
  const part = (rest: number) => encodeLines(ENTRIES.filter((_, at) => at % 3 === rest));
  const scenery = await scene(part(0));
  await seal(scenery);
  writeFileSync(join(scenery.directory, 'access.log.2025-07-13'), part(1));
  writeFileSync(join(scenery.directory, 'error.log'), part(2));
  return scenery;
}

function viewOf({ root }: SegmentScene, withPool: ScanPool | undefined) {
  const sizes = { ...READ_SIZES, inlineBytes: 0, inlinePieces: 0 };
  return openLogReader({ root, sizes, ...(withPool && { pool: withPool }) }).instance(IDS);
}

async function textOf(view: ReturnType<typeof viewOf>, options: LinesOptions) {
  let text = '';
  let facts: LinesFacts | undefined;
  const onEnd = (end: LinesFacts) => {
    facts = end;
  };
  for await (const piece of view.lines({ ...options, onEnd })) text += piece.toString();
  return { text, facts };
}

test.each(['json', 'csv', 'text'] as const)(
  'rows of %s are those of the entries, with threads and without, in either order',
  async (rows) => {
    const scenery = await threeLogs();
    for (const threads of [pool, undefined]) {
      const view = viewOf(scenery, threads);
      for (const order of ['asc', 'desc'] as const) {
        const { text, facts } = await textOf(view, { rows, order, reusesMemory: true });
        const inOrder = order === 'asc' ? ENTRIES : ENTRIES.toReversed();
        expect(text).toBe(inOrder.map(ROWS[rows]).join(''));
        expect(facts).toEqual({ lines: ENTRIES.length, damagedLines: 0 });
      }
      const { text } = await textOf(view, { rows, filter: { search: 'took 13 ms' } });
      const few = ENTRIES.filter(({ message }) => message.includes('took 13 ms'));
      expect(text).toBe(few.map(ROWS[rows]).join(''));
    }
  },
);

test('damaged lines of blocks and of plain files make no row, and are counted', async () => {
  const scenery = await threeLogs();
  flip(scenery.paths.sealed, readFileSync(scenery.paths.sealed).length >> 1);
  const errors = join(scenery.directory, 'error.log');
  const [first = '', second = '', ...others] = readFileSync(errors, 'utf8').split('\n');
  const rotten = [first.slice(0, 40), second.replace('"callId":', '"callId"\u0000'), ...others];
  writeFileSync(errors, rotten.join('\n'));
  for (const threads of [pool, undefined]) {
    for (const rows of ['json', 'csv', 'text'] as const) {
      const { text, facts } = await textOf(viewOf(scenery, threads), { rows });
      const served = ENTRIES.filter((entry) => text.includes(ROWS[rows](entry)));
      expect(text).toBe(served.map(ROWS[rows]).join(''));
      const lost = ENTRIES.length - served.length;
      expect(facts).toEqual({ lines: served.length, damagedLines: lost });
      // Both lines of the plain file, and a block.
      expect(lost).toBeGreaterThan(3);
    }
  }
});

test('however long the logs, an export has a bounded number of blocks under way', async () => {
  const lines = manyEntries(24_000);
  const logs = ['app', 'access', 'error'] as const;
  const scenery = await scene();
  const limits = { ...SMALL, blockBytes: 8_192 };
  for (const [place, log] of logs.entries()) {
    const name = { ...NAME, log };
    const plain = encodeLines(lines.filter((_, at) => at % 3 === place));
    writeFileSync(join(scenery.directory, `${log}.log.2025-07-13`), plain);
    await seal(scenery, { name, limits });
  }
  const threads = createScanPool({ workers: 2 });
  const memories = new Set<ArrayBufferLike>();
  let [bytes, most] = [0, 0];
  const view = viewOf(scenery, threads);
  for await (const piece of view.lines({ rows: 'csv', reusesMemory: true })) {
    bytes += piece.length;
    memories.add(piece.buffer);
    const { queued, running } = threads.figures();
    most = Math.max(most, queued + running);
  }
  const { slots, finished } = threads.figures();
  await threads.close();
  expect(bytes).toBe(Buffer.byteLength(lines.map(csvRow).join('')));
  expect(finished).toBeGreaterThan(500);
  expect(most).toBeLessThanOrEqual(logs.length * threads.width);
  // One more for each log is being merged.
  expect(slots).toBeLessThanOrEqual(logs.length * (threads.width + 1));
  expect(memories.size).toBe(1);
}, 30_000);
