/** Does any way of reading give what a list in memory would give? */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ENTRY_TYPES,
  encodeEntry,
  LEVELS,
  LOG_FILES,
  type LogEntry,
  type LogFile,
  makeSeq,
} from '@mcplog/log-entry';
import { compileFilter, type LogFilter } from '@mcplog/log-query';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeDisk, plainFileOf, sealSegment } from '../src/maintenance.ts';
import {
  createScanPool,
  instanceDir,
  type LogView,
  type Order,
  openLogReader,
  type ScanPool,
} from '../src/reader.ts';
import { gather, IDS, scratchRoot } from './scratch.ts';

const SMALL = {
  chunkFirst: 256,
  chunkMax: 1024,
  slowChunkMax: 512,
  indexChunk: 600,
  inlineBytes: 1000,
  inlinePieces: 1,
  taskBytes: 2000,
  seekMin: 300,
  probe: 100,
};
const START_MS = Date.UTC(2025, 6, 13);

interface Stored {
  readonly file: LogFile;
  readonly entry: LogEntry;
  /** Written in front of the entry's line. */
  readonly garbage: string;
}

const WORDS = [
  'Error',
  'timeout',
  'größe',
  'Kelvin \u212a',
  'ſtop',
  'say "hi"',
  '\\path\\',
  '日本',
  '\u001b[31m',
  'İstanbul',
  'ΟΔΟΣ',
  'x'.repeat(700),
];
const word = fc.constantFrom(...WORDS);
const text = fc.array(word, { maxLength: 4 }).map((words) => words.join(' '));

const garbage = fc.oneof(
  { weight: 8, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '{\n', 'no json\n', `${'\u0000'.repeat(90)}\n`) },
);

const line = fc.record({
  file: fc.constantFrom(...LOG_FILES),
  level: fc.constantFrom(...LEVELS),
  type: fc.constantFrom(...ENTRY_TYPES),
  message: text,
  extra: fc.dictionary(
    fc.constantFrom('code', 'http.status', 'nested'),
    fc.oneof(fc.integer({ min: 0, max: 3 }), text, fc.record({ status: fc.boolean() })),
  ),
  stepMs: fc.nat(3),
  garbage,
});

const stored = fc
  .array(
    fc.record({
      clockMs: fc.integer({ min: 0, max: 60 }),
      lines: fc.array(line, { maxLength: 40 }),
    }),
    { maxLength: 4 },
  )
  .map((runs) =>
    runs.flatMap(({ clockMs, lines }, run) => {
      let ms = START_MS + clockMs;
      return lines.map(({ file, level, type, message, extra, stepMs, garbage }, at): Stored => {
        ms += stepMs;
        const metadata = { seq: makeSeq(run + 1, at + 1), type, ...IDS, service: 's', ...extra };
        const entry = { timestamp: new Date(ms).toISOString(), level, message, metadata };
        return { file, entry, garbage };
      });
    }),
  );

const moment = fc.integer({ min: -1, max: 160 }).map((ms) => START_MS + ms);
const search = fc
  .oneof(
    word,
    word.map((whole) => whole.toUpperCase()),
    word.map((whole) => whole.slice(1, 3)),
    fc.constantFrom(
      'k',
      's',
      'I',
      '1',
      'alice',
      'true',
      ',',
      ':',
      'n',
      '001b',
      'u001',
      '31m',
      ':{',
    ),
  )
  .filter((needle) => needle !== '');
const filter: fc.Arbitrary<LogFilter> = fc.record(
  {
    startMs: moment,
    endMs: moment,
    levels: fc.subarray([...LEVELS], { minLength: 1 }),
    minLevel: fc.constantFrom(...LEVELS),
    types: fc.subarray([...ENTRY_TYPES], { minLength: 1 }),
    file: fc.constantFrom(...LOG_FILES),
    search,
    regex: fc.constantFrom(
      'Error',
      '(?i)ERROR',
      '^Error',
      'time(out)?',
      '(?i)s',
      'hi"',
      '[0-9]',
      'größe|日',
      'Kelvin|(?:time){1,2}out',
      '\\bpath\\b',
      '(?i)istanbul|ΟΔΟΣ',
      'x{600,}$',
    ),
    metadata: fc.constantFrom<Record<string, string>>(
      { code: '1' },
      { 'http.status': '2' },
      { 'nested.status': 'true' },
    ),
  },
  { requiredKeys: [] },
);
/** One condition, now and then several. */
const filters = fc.oneof(
  fc.constant<LogFilter>({}),
  fc.tuple(filter, fc.nat(8)).map(([whole, pick]) => {
    const keys = Object.keys(whole) as (keyof LogFilter)[];
    return Object.fromEntries(
      keys
        .slice(pick % (keys.length + 1))
        .slice(0, 2)
        .map((key) => [key, whole[key]]),
    ) as LogFilter;
  }),
  filter,
);

const question = fc.record({
  filter: filters,
  order: fc.constantFrom<Order>('asc', 'desc'),
  limit: fc.integer({ min: 1, max: 30 }),
});

interface Question {
  readonly filter: LogFilter;
  readonly order: Order;
  readonly limit: number;
}

function answer(
  all: readonly Stored[],
  { filter, order }: { filter: LogFilter; order: Order },
): LogEntry[] {
  const { matches } = compileFilter(filter);
  const found = all
    .filter(
      ({ file, entry }) => (filter.file === undefined || filter.file === file) && matches(entry),
    )
    .map(({ entry }) => entry);
  return order === 'asc' ? found : found.reverse();
}

async function pagesByCursor(view: LogView, asked: Question): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  let cursor: string | null = null;
  do {
    const page = await view.query({ ...asked, cursor, count: 'none' });
    entries.push(...page.entries);
    expect(page.hasMore).toBe(page.nextCursor !== null);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return entries;
}

async function pagesByOffset(view: LogView, asked: Question, total: number) {
  const entries: LogEntry[] = [];
  for (let offset = 0; offset === 0 || offset < total; offset += asked.limit) {
    const page = await view.query({ ...asked, offset });
    expect(page.total).toBe(total);
    expect(page.hasMore).toBe(offset + asked.limit < total);
    entries.push(...page.entries);
  }
  return entries;
}

/** How entries are kept and read; every way must give the same. */
const WAYS = [
  { way: 'active files', sealedPart: 0, threads: false },
  { way: 'active files, with threads', sealedPart: 0, threads: true },
  { way: 'sealed segments and active files', sealedPart: 0.7, threads: false },
  { way: 'sealed segments and active files, with threads', sealedPart: 0.7, threads: true },
];
type Way = (typeof WAYS)[number];

let pool: ScanPool;
beforeAll(() => {
  pool = createScanPool({ workers: 2 });
});
afterAll(() => pool.close());

const ROTATED = { day: '2025-07-13', number: 0 };
const BLOCKS = { blockBytes: 1024, lineBytesMax: 16_384 };
let instances = 0;

/** A view of these entries, each file in two parts of which the first is sealed. */
async function viewOf(root: string, all: readonly Stored[], way: Way): Promise<LogView> {
  const ids = { ...IDS, instanceId: `instance-${++instances}` };
  const directory = instanceDir(root, ids);
  mkdirSync(directory, { recursive: true });
  for (const log of LOG_FILES) {
    const lines = all
      .filter(({ file }) => file === log)
      .map(({ entry, garbage }) => `${garbage}${encodeEntry(entry)}\n`);
    const rest = lines.splice(Math.ceil(lines.length * way.sealedPart));
    writeFileSync(join(directory, `${log}.log`), `${rest.join('')}{"timestamp":"half`);
    if (lines.length === 0) continue;
    const name = { log, ...ROTATED };
    writeFileSync(join(directory, plainFileOf(name)), lines.join(''));
    const sign = async () => new Uint8Array();
    await sealSegment({ disk: nodeDisk, directory, name, limits: BLOCKS, sign });
  }
  const threads = way.threads ? { pool } : {};
  return openLogReader({ root, sizes: SMALL, ...threads }).instance(ids);
}

test.each(WAYS)('pages by cursor and offset, and lines, are those of a list: $way', async (way) => {
  const root = await scratchRoot();
  const questions = fc.array(question, { minLength: 3, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(stored, questions, async (all, questions) => {
      const view = await viewOf(root, all, way);
      for (const asked of questions) {
        const wanted = answer(all, asked);
        expect(await pagesByCursor(view, asked)).toEqual(wanted);
        expect(await pagesByOffset(view, asked, wanted.length)).toEqual(wanted);
        expect(await gather(view.lines(asked))).toEqual(wanted.map(encodeEntry));
      }
    }),
    { numRuns: 60 },
  );
  if (way.threads) expect(pool.figures().finished).toBeGreaterThan(100);
});

/** The same history, slower: so that it takes minutes, and hours. */
const pace = fc.constantFrom(1, 7_001, 60_000);

function slowed(ms: number, times: number): number {
  return START_MS + (ms - START_MS) * times;
}

test.each(WAYS)('a histogram counts each entry once, in bucket and level: $way', async (way) => {
  const root = await scratchRoot();
  const bucketMs = fc.integer({ min: 1, max: 50 });
  await fc.assert(
    fc.asyncProperty(
      stored,
      filters,
      fc.tuple(bucketMs, pace),
      async (paced, asked, [width, times]) => {
        const all = paced.map(({ entry, ...rest }) => {
          const timestamp = new Date(slowed(Date.parse(entry.timestamp), times)).toISOString();
          return { ...rest, entry: { ...entry, timestamp } };
        });
        const { startMs, endMs, ...others } = asked;
        const filter = {
          ...others,
          ...(startMs !== undefined && { startMs: slowed(startMs, times) }),
          ...(endMs !== undefined && { endMs: slowed(endMs, times) }),
        };
        const range = { startMs: START_MS + 10 * times, endMs: START_MS + 110 * times };
        const view = await viewOf(root, all, way);
        const { buckets } = await view.histogram({ filter, ...range, bucketMs: width * times });
        const counted: Record<string, number> = {};
        for (const { timestamp, level } of answer(all, { filter, order: 'asc' })) {
          const ms = Date.parse(timestamp);
          if (ms < range.startMs || ms >= range.endMs) continue;
          const key = `${Math.floor((ms - range.startMs) / (width * times))} ${level}`;
          counted[key] = (counted[key] ?? 0) + 1;
        }
        const given = buckets.flatMap(({ counts }, at) =>
          Object.entries(counts).map(([level, count]) => [`${at} ${level}`, count]),
        );
        expect(Object.fromEntries(given)).toEqual(counted);
        expect(buckets).toHaveLength(Math.ceil(100 / width));
      },
    ),
    { numRuns: 40 },
  );
});
