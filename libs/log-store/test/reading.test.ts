/** What do readers see at the edges: half lines, damage, deadlines, other clocks? */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeEntry, type LogEntry, makeSeq, parseEntry } from '@mcplog/log-entry';
import { expect, test } from 'vitest';
import { nodeDisk } from '../src/disk/node-disk.ts';
import { instanceDir, openLogReader } from '../src/reader.ts';
import {
  append,
  encodeLines,
  entryOf,
  gather,
  IDS,
  instanceFile,
  openWriter,
  scratchRoot,
} from './scratch.ts';

const APP = instanceFile('app');

async function viewOf(bytes: Buffer | string) {
  const root = await scratchRoot();
  const directory = instanceDir(root, IDS);
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'app.log');
  writeFileSync(path, bytes);
  return { path, view: openLogReader({ root }).instance(IDS) };
}

test('an instance that never logged is empty, not an error', async () => {
  const view = openLogReader({ root: await scratchRoot() }).instance(IDS);
  const page = await view.query();
  expect(page).toEqual({
    entries: [],
    total: 0,
    hasMore: false,
    nextCursor: null,
    damagedLines: 0,
  });
  expect(await view.lastSeq()).toBe(0);
  expect(await view.sizeBytes()).toBe(0);
  expect(await gather(view.lines())).toEqual([]);
});

test('a line is served when its newline is there, not a byte earlier', async () => {
  const whole = encodeLines([entryOf(1)]);
  const next = encodeLines([entryOf(2)]);
  const { path, view } = await viewOf(whole);
  for (const byte of next) {
    expect((await view.query()).total).toBe(1);
    appendFileSync(path, Buffer.of(byte));
  }
  expect((await view.query()).entries).toEqual([entryOf(2), entryOf(1)]);
});

test('damaged lines are skipped and counted, in pages, totals and totals from memory', async () => {
  const bytes = Buffer.concat([
    encodeLines([entryOf(1)]),
    Buffer.from('\n{"timestamp":"torn\n'),
    encodeLines([entryOf(2), entryOf(3)]),
  ]);
  const { path, view } = await viewOf(bytes);
  expect(await view.query({ order: 'asc' })).toMatchObject({
    entries: [entryOf(1), entryOf(2), entryOf(3)],
    total: 3,
    damagedLines: 2,
  });
  for (let round = 0; round < 2; round++) {
    expect(await view.query({ limit: 1 })).toMatchObject({ total: 3, damagedLines: 2 });
  }
  appendFileSync(path, encodeLines([entryOf(4)]));
  expect(await view.query({ limit: 1 })).toMatchObject({ total: 4, damagedLines: 2 });
});

test('a line with a sound frame that does not parse keeps its place but is not served', async () => {
  const broken = encodeEntry(entryOf(2)).replace('entry 2', 'entry "2');
  const bytes = `${encodeEntry(entryOf(1))}\n${broken}\n${encodeEntry(entryOf(3))}\n`;
  const { view } = await viewOf(bytes);
  const first = await view.query({ order: 'asc', limit: 2 });
  expect(first).toMatchObject({ entries: [entryOf(1)], hasMore: true, damagedLines: 1 });
  const second = await view.query({ order: 'asc', limit: 2, cursor: first.nextCursor });
  expect(second).toMatchObject({ entries: [entryOf(3)], total: 3, damagedLines: 1 });
  const short = await view.query({ order: 'asc', limit: 1 });
  expect(short).toMatchObject({ entries: [entryOf(1)], total: 3, damagedLines: 1 });
});

test('letters from outside ASCII that fold to it are found by a search in ASCII', async () => {
  const entries = ['ſTOP', 'elvin \u212a', '\u0130zmir'].map((message, at) =>
    entryOf(at + 1, message),
  );
  const { view } = await viewOf(encodeLines(entries));
  for (const [at, search] of ['stop', 'ELVIN K', 'i\u0307zmir'].entries()) {
    expect((await view.query({ filter: { search } })).entries).toEqual([entries[at]]);
  }
});

test('a reader that follows a writer sees every line once and in order', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(root);
  const view = openLogReader({ root }).instance(IDS);
  const seen: number[] = [];
  const writing = (async () => {
    for (let n = 1; n <= 3000; n += 3) {
      append(writer, APP, [entryOf(n), entryOf(n + 1), entryOf(n + 2)]);
      if (n % 50 === 0) await writer.commit();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writer.close();
  })();
  const last = entryOf(3000).metadata.seq;
  while (seen.at(-1) !== last) {
    for (const line of await gather(view.lines({ afterSeq: seen.at(-1) ?? 0 }))) {
      seen.push(parseEntry(line)?.metadata.seq ?? Number.NaN);
    }
  }
  await writing;
  expect(seen).toEqual(Array.from({ length: 3000 }, (_, at) => makeSeq(1, at + 1)));
});

test('a time range is exact when the clock stepped back between two runs', async () => {
  const clocks = [5000, 1, 9000, 2000];
  const entries = clocks.flatMap((clockMs, run) =>
    Array.from({ length: 4000 }, (_, at): LogEntry => {
      const { metadata, ...rest } = entryOf(clockMs + at);
      return { ...rest, metadata: { ...metadata, seq: makeSeq(run + 1, at + 1) } };
    }),
  );
  const { view } = await viewOf(encodeLines(entries));
  const startMs = Date.parse(entryOf(5000).timestamp);
  const endMs = Date.parse(entryOf(5400).timestamp);
  const wanted = entries.filter(
    ({ timestamp }) => Date.parse(timestamp) >= startMs && Date.parse(timestamp) <= endMs,
  );
  const page = await view.query({ filter: { startMs, endMs }, order: 'asc', limit: 10_000 });
  expect(wanted.length).toBe(401 + 401);
  expect(page.entries).toEqual(wanted);
});

test('system categories are read as one log in order of seq', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(root);
  append(writer, { kind: 'system', category: 'security' }, [entryOf(1), entryOf(3)]);
  append(writer, { kind: 'system', category: 'audit' }, [entryOf(2)]);
  append(writer, { kind: 'system', category: 'cache' }, [entryOf(4)]);
  await writer.close();
  const reader = openLogReader({ root });
  expect((await reader.system().query()).entries.map(({ message }) => message)).toEqual(
    [4, 3, 2, 1].map((n) => `entry ${n}`),
  );
  const two = reader.system(['audit', 'security']);
  expect((await two.query({ order: 'asc' })).entries).toEqual([entryOf(1), entryOf(2), entryOf(3)]);
});

test('the context of an entry is what stands around it in all three files', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(root);
  append(writer, APP, [entryOf(1), entryOf(4), entryOf(5)]);
  append(writer, instanceFile('error'), [entryOf(2), entryOf(3), entryOf(6)]);
  await writer.close();
  const view = openLogReader({ root }).instance(IDS);
  const context = { before: 2, after: 2 };
  expect(await view.context({ seq: entryOf(3).metadata.seq, ...context })).toEqual({
    before: [entryOf(1), entryOf(2)],
    entry: entryOf(3),
    after: [entryOf(4), entryOf(5)],
  });
  expect(await view.context({ seq: makeSeq(2, 1), ...context })).toEqual({
    before: [entryOf(5), entryOf(6)],
    entry: null,
    after: [],
  });
});

test('a scan ends at its deadline and when nobody waits for it', async () => {
  const { view, path } = await viewOf(encodeLines([entryOf(1)]));
  expect(dirname(path)).toContain('mcp_');
  await expect(view.query({ deadlineMs: -1 })).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
  const signal = AbortSignal.abort(new Error('left'));
  await expect(view.query({ signal })).rejects.toThrow('left');
  await expect(gather(view.lines({ signal }))).rejects.toThrow('left');
});

test('a cursor that we did not write is refused', async () => {
  const { view } = await viewOf('');
  await expect(view.query({ cursor: 's1-zz-1' })).rejects.toMatchObject({ code: 'BAD_CURSOR' });
});

test('a histogram of no width or too many buckets is refused', async () => {
  const { view } = await viewOf('');
  const range = { startMs: 0, endMs: 10_001 };
  await expect(view.histogram({ ...range, bucketMs: 1 })).rejects.toThrow('10000');
  await expect(view.histogram({ ...range, bucketMs: 0 })).rejects.toThrow('buckets');
  await expect(view.histogram({ startMs: 5, endMs: 5, bucketMs: 1 })).rejects.toThrow('buckets');
});

test('a line of another shape that is an entry all the same is read in its place', async () => {
  const entry = entryOf(2);
  const { message, level, metadata, timestamp } = entry;
  const odd = JSON.stringify({ metadata, message, level, timestamp });
  const lines = [encodeEntry(entryOf(1)), odd, encodeEntry(entryOf(3))];
  const { view } = await viewOf(`${lines.join('\n')}\n`);
  const wanted = [entryOf(1), entry, entryOf(3)];
  expect((await view.query({ order: 'asc' })).entries).toEqual(wanted);
  expect((await view.query({ filter: { search: 'ENTRY 2' } })).entries).toEqual([entry]);
  const cursor = (await view.query({ order: 'asc', limit: 1 })).nextCursor;
  expect((await view.query({ order: 'asc', cursor })).entries).toEqual([entry, entryOf(3)]);
});

test('a histogram counts once what stands in a file set aside and again in the one after it', async () => {
  const { path, view } = await viewOf(encodeLines(entriesFrom(1, 100)));
  // The set-aside file has lost its beginning, so that its first lines are the other's last.
  const lost = Buffer.concat([Buffer.alloc(4096), Buffer.from('\n')]);
  const setAside = Buffer.concat([lost, encodeLines(entriesFrom(50, 120))]);
  writeFileSync(`${path}.suspect-20250713T100000000Z`, setAside);
  const startMs = Date.UTC(2025, 6, 13);
  const { buckets } = await view.histogram({ startMs, endMs: startMs + 60_000, bucketMs: 60_000 });
  expect((await view.query()).total).toBe(120);
  expect(buckets[0]?.counts.info).toBe(120);
});

test('what was there when a query began is served, though a later query saw more of the file', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(root);
  const long = (n: number) => entryOf(n, 'x'.repeat(150) + n);
  const write = (from: number, to: number) =>
    append(
      writer,
      APP,
      Array.from({ length: to - from + 1 }, (_, at) => long(from + at)),
    );
  write(1, 3000);
  append(writer, instanceFile('access'), [entryOf(900_000)]);
  await writer.commit();
  const held = Promise.withResolvers<void>();
  let isHeld = false;
  const paths = new Map<number, string>();
  const disk = {
    ...nodeDisk,
    open(path: string, flags: number, mode?: number): number {
      const fd = nodeDisk.open(path, flags, mode);
      paths.set(fd, path);
      return fd;
    },
    async readLater(fd: number, into: Uint8Array, position: number): Promise<number> {
      if (isHeld && paths.get(fd)?.endsWith('access.log')) await held.promise;
      return nodeDisk.readLater(fd, into, position);
    },
  };
  const view = openLogReader({ root, disk }).instance(IDS);
  await view.query({ limit: 1 });
  isHeld = true;
  const first = view.query({ limit: 3 });
  write(3001, 9000);
  await writer.commit();
  await view.query({ limit: 1, filter: { file: 'app' } });
  held.resolve();
  const { entries, total } = await first;
  expect(total).toBe(3001);
  expect(entries).toEqual([entryOf(900_000), long(3000), long(2999)]);
});

function entriesFrom(first: number, last: number): LogEntry[] {
  return Array.from({ length: last - first + 1 }, (_, at) => entryOf(first + at));
}
