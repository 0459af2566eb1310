/** What does a writer make of the files it finds? */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { openLogReader } from '../src/reader.ts';
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
const THREE = [entryOf(1), entryOf(2), entryOf(3)];

async function rootWith(bytes: Buffer): Promise<{ root: string; path: string }> {
  const root = await scratchRoot();
  const path = openWriter(root).writer.fileOf(APP);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return { root, path };
}

test('recovery drops a torn last line and keeps every earlier one', async () => {
  const whole = encodeLines(THREE);
  const torn = encodeLines([entryOf(4)]).subarray(0, 50);
  const { root, path } = await rootWith(Buffer.concat([whole, torn]));
  const { writer, findings } = openWriter(root, { now: () => Date.UTC(2025, 6, 13, 15, 30) });

  expect(writer.lastSeq(APP)).toBe(entryOf(3).metadata.seq);
  expect(readFileSync(path)).toEqual(whole);
  const quarantined = join(root, 'quarantine', 'users/user_alice/mcp_everything-1');
  expect(readdirSync(quarantined)).toEqual(['app.log.20250713T153000000Z.torn']);
  expect(readFileSync(join(quarantined, 'app.log.20250713T153000000Z.torn'))).toEqual(torn);
  expect(findings).toMatchObject([
    { kind: 'torn-tail', keptBytes: whole.length, cutBytes: torn.length, target: APP },
  ]);
  append(writer, APP, [entryOf(4)]);
  expect(await writer.close()).toEqual([]);
  expect(readFileSync(path)).toEqual(encodeLines([...THREE, entryOf(4)]));
});

test('a file torn at any byte opens again with exactly the whole lines before it', async () => {
  const bytes = encodeLines(THREE);
  const ends = [0, ...THREE.map((_, at) => encodeLines(THREE.slice(0, at + 1)).length)];
  const root = await scratchRoot();
  for (let cut = 0; cut <= bytes.length; cut++) {
    const ids = { ...IDS, instanceId: `cut-${cut}` };
    const target = instanceFile('app', ids);
    const { writer } = openWriter(root);
    const path = writer.fileOf(target);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes.subarray(0, cut));
    const kept = ends.findLastIndex((end) => end <= cut);
    expect(writer.lastSeq(target)).toBe(kept === 0 ? 0 : THREE[kept - 1]?.metadata.seq);
    expect(readFileSync(path)).toEqual(bytes.subarray(0, ends[kept]));
    await writer.close();
  }
});

test('a tail of zeros, as a power cut leaves it, goes to quarantine', async () => {
  const whole = encodeLines(THREE);
  const { root, path } = await rootWith(Buffer.concat([whole, Buffer.alloc(300_000)]));
  const { writer, findings } = openWriter(root);
  expect(writer.lastSeq(APP)).toBe(entryOf(3).metadata.seq);
  expect(readFileSync(path)).toEqual(whole);
  expect(findings).toMatchObject([{ kind: 'torn-tail', cutBytes: 300_000 }]);
  await writer.close();
});

test('whole lines that are no entries are cut from the end, and only from the end', async () => {
  const mixed = Buffer.concat([
    encodeLines([entryOf(1)]),
    Buffer.from('not json\n'),
    encodeLines([entryOf(2)]),
  ]);
  const { root, path } = await rootWith(Buffer.concat([mixed, Buffer.from('{"a":1}\nrubbish\n')]));
  const { writer } = openWriter(root);
  expect(writer.lastSeq(APP)).toBe(entryOf(2).metadata.seq);
  expect(readFileSync(path)).toEqual(mixed);
  await writer.close();
});

test('a last line of many times the recovery window is found', async () => {
  const long = entryOf(2, 'x'.repeat(700_000));
  const { root } = await rootWith(encodeLines([entryOf(1), long]));
  const { writer, findings } = openWriter(root);
  expect(writer.lastSeq(APP)).toBe(long.metadata.seq);
  expect(findings).toEqual([]);
  await writer.close();
});

test('a tail that cannot go to quarantine sets the file aside, and readers still see it', async () => {
  const { root, path } = await rootWith(Buffer.concat([encodeLines(THREE), Buffer.from('{"tor')]));
  writeFileSync(join(root, 'quarantine'), 'a file in the way');
  const { writer, findings } = openWriter(root);
  append(writer, APP, [entryOf(4)]);
  await writer.close();
  expect(findings).toMatchObject([{ kind: 'set-aside', path }]);
  const view = openLogReader({ root }).instance(IDS);
  const { entries, total } = await view.query({ order: 'asc' });
  expect(entries).toEqual([...THREE, entryOf(4)]);
  expect(total).toBe(4);
});

test('a new instance has its directory and three empty private files at once', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(join(root, 'deep', 'logs'));
  await writer.createInstance(IDS);
  const directory = dirname(writer.fileOf(APP));
  expect(readdirSync(directory).sort()).toEqual(['access.log', 'app.log', 'error.log']);
  const { statSync } = await import('node:fs');
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(statSync(writer.fileOf(APP)).mode & 0o777).toBe(0o600);
  await writer.close();
});

test('more instances than descriptors allowed lose nothing', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(root, { filesMax: 3 });
  const targets = Array.from({ length: 10 }, (_, at) =>
    instanceFile('app', { ...IDS, instanceId: `many-${at}` }),
  );
  for (let n = 1; n <= 5; n++) {
    for (const target of targets) append(writer, target, [entryOf(n)]);
    expect(await writer.commit()).toEqual([]);
  }
  for (const target of targets) expect(writer.lastSeq(target)).toBe(entryOf(5).metadata.seq);
  await writer.close();
  const reader = openLogReader({ root });
  const lines = await gather(reader.instance({ ...IDS, instanceId: 'many-7' }).lines());
  expect(lines).toHaveLength(5);
});

test('lines that do not rise by seq are refused, and the file stays as it was', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(root);
  append(writer, APP, THREE);
  expect(() => append(writer, APP, [entryOf(3)])).toThrow('cannot follow');
  expect(readFileSync(writer.fileOf(APP))).toEqual(encodeLines(THREE));
  await writer.close();
});

test('a file that someone else appended to is reported and not trusted', async () => {
  const root = await scratchRoot();
  const { writer, findings } = openWriter(root);
  append(writer, APP, THREE);
  appendFileSync(writer.fileOf(APP), 'x');
  expect(await writer.commit()).toMatchObject([{ target: APP, error: { code: 'FOREIGN_WRITE' } }]);
  expect(findings).toMatchObject([{ kind: 'set-aside' }]);
  await writer.close();
});
