/** Does a reader see the same of a sealed file as of the plain one, whatever happens around it? */
import {
  appendFileSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { encodeEntry, type LogEntry, makeSeq, parseEntry } from '@mcplog/log-entry';
import type { LogFilter } from '@mcplog/log-query';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeDisk, sealSegment } from '../src/maintenance.ts';
import { type Disk, openLogReader } from '../src/reader.ts';
import { encodeLines, entryOf, gather, IDS } from './scratch.ts';
import {
  DAY,
  flip,
  linesOf,
  manyEntries,
  NAME,
  SEAL,
  type SegmentScene,
  SMALL,
  scene,
  seal,
  sealedScene,
  variedEntry,
  viewOf,
} from './segments.ts';

const TIME = Date.UTC(2025, 6, 13);
const FILTERS: readonly LogFilter[] = [
  {},
  { levels: ['warn'] },
  { types: ['http'] },
  { levels: ['info', 'error'], types: ['stdout', 'stderr'] },
  { minLevel: 'warn', startMs: TIME + 100_000, endMs: TIME + 400_001 },
  { startMs: TIME + 61_234, endMs: TIME + 61_900 },
  { startMs: TIME + 119_999.5 },
  { endMs: TIME - 1 },
  { search: 'REQUEST' },
  { search: 'took 13 ms' },
  { search: 'nobody wrote this' },
  { search: 'Ü' },
  { search: '"quoted"' },
  { search: 'aé' },
  { regex: 'took [0-4] ms' },
  { metadata: { type: 'http' } },
  { search: 'alice', levels: ['debug'], startMs: TIME + 60_000 },
];

async function answersOf(scenery: SegmentScene, filters: readonly LogFilter[]) {
  const view = viewOf(scenery);
  const answers: unknown[] = [];
  for (const filter of filters) {
    const newest = await view.query({ filter, limit: 7 });
    const cursor = newest.nextCursor;
    const next = await view.query({ filter, limit: 5, offset: 2, cursor });
    const oldest = await view.query({ filter, limit: 7, order: 'asc' });
    const lines = await gather(view.lines({ filter, afterSeq: makeSeq(1, 40) }));
    const within = { startMs: TIME, endMs: TIME + 900_000, bucketMs: 45_000 };
    const { buckets } = await view.histogram({ ...within, filter });
    const strip = ({ damagedLines: _, ...page }: typeof newest) => page;
    answers.push([strip(newest), strip(next), strip(oldest), lines, buckets]);
  }
  return [
    ...answers,
    await view.lastSeq(),
    await view.context({ seq: makeSeq(1, 50), before: 3, after: 3 }),
  ];
}

test('every question has the same answer before and after sealing', async () => {
  const scenery = await scene(encodeLines(manyEntries(150)));
  const id = variedEntry(77).metadata.callId as string;
  const filters = [...FILTERS, { search: id }, { metadata: { callId: id } }];
  const before = await answersOf(scenery, filters);
  await seal(scenery);
  expect(await answersOf(scenery, filters)).toEqual(before);
});

test('every question has the same answer without the index, and with a damaged one', async () => {
  const scenery = await sealedScene(manyEntries(150));
  const before = await answersOf(scenery, FILTERS);
  const index = readFileSync(scenery.paths.index);
  for (const at of [0, 30, 256, 300, 256 + 150, index.length - 600]) {
    flip(scenery.paths.index, at);
    expect(await answersOf(scenery, FILTERS)).toEqual(before);
    writeFileSync(scenery.paths.index, index);
  }
  rmSync(join(scenery.directory, '.index'), { recursive: true });
  expect(await answersOf(scenery, FILTERS)).toEqual(before);
});

test('a search for an id opens the one block that holds it', async () => {
  const scenery = await sealedScene(manyEntries(300));
  const opened: number[] = [];
  const disk: Disk = {
    ...nodeDisk,
    readLater(fd, into, position) {
      opened.push(position);
      return nodeDisk.readLater(fd, into, position);
    },
  };
  const view = openLogReader({ root: scenery.root, disk }).instance(IDS);
  const search = variedEntry(123).metadata.callId as string;
  expect(await view.query({ filter: { search } })).toMatchObject({ total: 1 });
  expect(scenery.facts.blocks).toBeGreaterThan(25);
  expect(opened.length).toBe(1);
  for (const filter of [{}, { levels: ['warn'] as const }, { types: ['http'] as const }]) {
    opened.length = 0;
    await view.query({ filter, limit: 0 });
    // The page looks at the first block and has the next at hand; the total opens none.
    expect(opened.length).toBeLessThanOrEqual(2);
  }
});

/** Lines of every kind that the tables must be right about. */
const ODD_ENTRIES: readonly string[] = [
  encodeEntry({ ...entryOf(1), timestamp: '2025-02-31T00:00:00.000Z' }),
  encodeEntry({ ...entryOf(1), timestamp: '1969-07-20T20:17:40.000Z' }),
  encodeEntry({ ...entryOf(1), message: '\u212aelvin ſtop \u0130zmir' }),
  JSON.stringify(Object.fromEntries(Object.entries(entryOf(1)).reverse())),
  encodeEntry({ ...entryOf(1), level: 'loud' as 'info' }),
  encodeEntry(entryOf(1)).replace('"seq":', '"sequence":'),
  encodeEntry(entryOf(1)).replace('"type":"stdout",', ''),
  encodeEntry(entryOf(1)).replace('entry 1', 'entry "1'),
  '{"timestamp":"torn',
  '',
];

/** Lines in rising order of seq; odd ones get the seq of their place. */
const LINES = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 500 }) },
      fc.constantFrom(...ODD_ENTRIES),
    ),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((parts) =>
    parts.map((part, at) => {
      const seq = makeSeq(1 + Math.floor(at / 20), (at % 20) + 1);
      if (typeof part === 'string') return part.replace(`${makeSeq(1, 1)}`, `${seq}`);
      const entry: LogEntry = variedEntry(part);
      return encodeEntry({ ...entry, metadata: { ...entry.metadata, seq } });
    }),
  );

test('whatever lines a file has, sealing changes no answer', async () => {
  const filters: LogFilter[] = [
    {},
    { levels: ['info'] },
    { types: ['stdout'], levels: ['info', 'warn'] },
    { search: 'kelvin stop' },
    { search: 'entry 1' },
    { startMs: TIME, endMs: TIME + 1_000_000 },
    { endMs: TIME - 1 },
  ];
  await fc.assert(
    fc.asyncProperty(LINES, async (lines) => {
      const scenery = await scene(Buffer.from(`${lines.join('\n')}\n`));
      const ask = async () => {
        const answers: unknown[] = [];
        const view = viewOf(scenery);
        for (const filter of filters) {
          const { damagedLines: _, ...page } = await view.query({ filter, limit: 10 });
          // What was no entry when it was sealed is proven and given; of a plain file it is not.
          const lines = await gather(view.lines({ filter }));
          answers.push(page, lines.filter(parseEntry));
        }
        return answers;
      };
      const before = await ask();
      await seal(scenery, { limits: { blockBytes: 900, lineBytesMax: 16_384 } });
      expect(await ask()).toEqual(before);
    }),
    { numRuns: 30 },
  );
});

const LEVEL_SETS = [undefined, ['info'], ['debug', 'error'], ['critical']] as const;
const TYPE_SETS = [undefined, ['http'], ['stdout', 'stderr'], ['system']] as const;

test('totals of any range, level and type, from tables or blocks, are those of the plain file', async () => {
  const entries = manyEntries(200);
  const scenery = await sealedScene(entries);
  const view = viewOf(scenery);
  const moment = fc.oneof(
    fc.integer({ min: -70_000, max: 1_700_000 }),
    fc.nat(28).map((minute) => minute * 60_000),
    fc.nat(28).map((minute) => minute * 60_000 - 1),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        from: fc.option(moment, { nil: undefined }),
        to: fc.option(moment, { nil: undefined }),
        levels: fc.constantFrom(...LEVEL_SETS),
        types: fc.constantFrom(...TYPE_SETS),
      }),
      async ({ from, to, levels, types }) => {
        const filter: LogFilter = {
          ...(from === undefined ? {} : { startMs: TIME + from }),
          ...(to === undefined ? {} : { endMs: TIME + to }),
          ...(levels === undefined ? {} : { levels }),
          ...(types === undefined ? {} : { types }),
        };
        const wanted = entries.filter(({ timestamp, level, metadata }) => {
          const ms = Date.parse(timestamp) - TIME;
          return (
            ms >= (from ?? ms) &&
            ms <= (to ?? ms) &&
            (levels?.some((one) => one === level) ?? true) &&
            (types?.some((one) => one === metadata.type) ?? true)
          );
        });
        expect((await view.query({ filter, limit: 0 })).total).toBe(wanted.length);
      },
    ),
    { numRuns: 200 },
  );
});

test('segments, files set aside and the active file are one log in order of seq', async () => {
  const scenery = await scene();
  const { directory } = scenery;
  const write = (file: string, entries: readonly LogEntry[]) =>
    writeFileSync(join(directory, file), encodeLines(entries));
  write(`app.log.${DAY}`, manyEntries(30, 1));
  write('app.log.suspect-20250713T153000123Z', manyEntries(20, 31));
  write(`app.log.${DAY}.1`, manyEntries(30, 41));
  write(`app.log.${DAY}.2`, manyEntries(30, 71));
  write(`app.log.2025-07-14`, manyEntries(10, 101));
  write('app.log', manyEntries(10, 111));
  const all = manyEntries(120);
  const view = viewOf(scenery);
  const check = async () => {
    expect(await gather(view.lines())).toEqual(linesOf(all));
    expect(await gather(view.lines({ order: 'desc' }))).toEqual(linesOf(all.toReversed()));
    expect((await view.query({ limit: 3 })).total).toBe(120);
    const warnings = all.filter(({ level }) => level === 'warn').length;
    expect((await view.query({ limit: 3, filter: { levels: ['warn'] } })).total).toBe(warnings);
  };
  await check();
  const suspect = { ...NAME, suspect: '20250713T153000123Z' };
  for (const name of [NAME, { ...NAME, number: 2 }, suspect, { ...NAME, number: 1 }]) {
    await seal(scenery, { name });
    await check();
  }
  unlinkSync(join(directory, 'app.log'));
  writeFileSync(join(directory, 'app.log'), '');
  expect(await view.lastSeq()).toBe(makeSeq(1, 110));
});

/** A disk on which something happens before chosen calls, as other processes would do it. */
function interruptedDisk(happenings: (call: string, path: string) => void): Disk {
  return {
    ...nodeDisk,
    open(path, flags, mode) {
      happenings('open', path);
      return nodeDisk.open(path, flags, mode);
    },
    readdir(path) {
      happenings('readdir', path);
      return nodeDisk.readdir(path);
    },
    lstat(path) {
      happenings('lstat', path);
      return nodeDisk.lstat(path);
    },
  };
}

test('rotating, sealing or both between any two calls of a reader loses and doubles nothing', async () => {
  const all = manyEntries(60);
  let wentOn = true;
  for (let moment = 0; wentOn; moment++) {
    for (const happening of ['rotate', 'seal', 'finish', 'both'] as const) {
      const scenery = await scene(encodeLines(all.slice(0, 20)));
      const { directory, paths } = scenery;
      const active = join(directory, 'app.log');
      writeFileSync(active, encodeLines(all.slice(20)));
      // Sealed beforehand in another place: here only the renames happen.
      const ready = await sealedScene(all.slice(0, 20));
      const steps = {
        rotate() {
          renameSync(active, join(directory, `app.log.${DAY}.1`));
          writeFileSync(active, '');
        },
        seal: () => writeFileSync(paths.sealed, readFileSync(ready.paths.sealed)),
        finish() {
          steps.seal();
          unlinkSync(paths.plain);
        },
        both() {
          steps.finish();
          steps.rotate();
        },
      };
      let calls = 0;
      const disk = interruptedDisk(() => {
        if (calls++ === moment) steps[happening]();
      });
      const view = openLogReader({ root: scenery.root, disk }).instance(IDS);
      const seen = await gather(view.lines({ filter: { file: 'app' } }));
      expect(seen, `${happening} before call ${moment}`).toEqual(linesOf(all));
      wentOn = calls > moment;
    }
  }
});

test('a reader that goes on while files are rotated and sealed sees every line once', async () => {
  const scenery = await scene();
  const { directory } = scenery;
  const active = join(directory, 'app.log');
  const view = viewOf(scenery);
  const last = makeSeq(1, 1200);
  const writing = (async () => {
    for (let n = 1; n <= 1200; n += 4) {
      appendFileSync(active, encodeLines(manyEntries(4, n)));
      if (n % 100 === 1) {
        const name = { ...NAME, number: Math.floor(n / 100) };
        renameSync(
          active,
          join(directory, name.number === 0 ? `app.log.${DAY}` : `app.log.${DAY}.${name.number}`),
        );
        await sealSegment({
          disk: nodeDisk,
          directory,
          name,
          limits: SMALL,
          sign: async () => SEAL,
        });
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const seen: string[] = [];
  let from = 0;
  const reading = (async () => {
    while (from < last) {
      for (const line of await gather(view.lines({ afterSeq: from }))) {
        seen.push(line);
        from = (JSON.parse(line) as LogEntry).metadata.seq;
      }
      // What the tables alone answer never waits for the disk, and would leave the writer no turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  await Promise.race([writing.then(() => reading), reading]);
  await writing;
  expect(seen).toEqual(linesOf(manyEntries(1200)));
});

test('a damaged block is left out and counted; all others are served', async () => {
  const scenery = await sealedScene(manyEntries(100));
  const bytes = readFileSync(scenery.paths.sealed);
  const view = viewOf(scenery);
  const whole = linesOf(manyEntries(100));
  for (const withIndex of [true, false]) {
    if (!withIndex) unlinkSync(scenery.paths.index);
    for (let at = 40; at < bytes.length; at += 97) {
      flip(scenery.paths.sealed, at);
      const seen = await gather(view.lines());
      expect(seen.length).toBeGreaterThan(80);
      for (const line of seen) expect(whole).toContain(line);
      const page = await view.query({ limit: 1000, count: 'none', filter: { search: 'took' } });
      expect(page.entries.length).toBe(seen.length);
      if (withIndex) expect(page.entries.length + page.damagedLines).toBe(100);
      writeFileSync(scenery.paths.sealed, bytes);
    }
  }
});

test('blocks behind lost or added bytes are found by their headers', async () => {
  const scenery = await sealedScene(manyEntries(100));
  const bytes = readFileSync(scenery.paths.sealed);
  const half = Math.floor(bytes.length / 2);
  const shorter = Buffer.concat([bytes.subarray(0, half), bytes.subarray(half + 50)]);
  const longer = Buffer.concat([
    bytes.subarray(0, half),
    Buffer.alloc(70, 1),
    bytes.subarray(half),
  ]);
  for (const changed of [shorter, longer]) {
    writeFileSync(scenery.paths.sealed, changed);
    const seen = await gather(viewOf(scenery).lines());
    expect(seen.length).toBeGreaterThan(80);
    expect(seen.at(-1)).toBe(linesOf(manyEntries(100)).at(-1));
  }
  truncateSync(scenery.paths.sealed, half);
  const seen = await gather(viewOf(scenery).lines());
  expect(seen).toEqual(linesOf(manyEntries(seen.length)));
  expect(seen.length).toBeGreaterThan(35);
});
