/** Files that somebody put beside those of the store, and nothing but them, are found and named. */
import { gunzipSync } from 'node:zlib';
import type { MemoryDisk } from '@mcplog/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  both,
  bytes,
  type Change,
  copy,
  edit,
  FIRST,
  findingsAfter,
  findingsOf,
  gz,
  I1,
  lines,
  makeThreeDays,
} from './changed-store.ts';
import { instanceTarget, LOGS, StoreMaker } from './store-maker.ts';

let whole: MemoryDisk;

beforeAll(async () => {
  whole = (await makeThreeDays()).disk;
});

describe('a file put in', () => {
  const app = `${LOGS}/${I1}/app.log`;
  const plain = `${LOGS}/${I1}/${FIRST}`;
  const textOfFirst = (disk: MemoryDisk) => gunzipSync(bytes(disk, gz(I1, FIRST)));
  const aside = `${app}.suspect-20250701T000000000Z`;
  const oneLine = (disk: MemoryDisk) =>
    Buffer.from(`${lines(bytes(disk, app))[0]?.replace(/"seq":\d+/, '"seq":5')}\n`);

  it.each<[string, Change, string[]]>([
    [
      'other text before a sealed file, under its plain name',
      (disk) => disk.damage(plain, forge(textOfFirst(disk), 'day')),
      [`file-changed ${I1}/${FIRST}`],
    ],
    [
      'an empty file before a sealed file',
      (disk) => disk.damage(plain, Buffer.alloc(0)),
      [`file-changed ${I1}/${FIRST}`],
    ],
    [
      'the same text before a sealed file, as a broken-off sealing leaves it',
      (disk) => disk.damage(plain, textOfFirst(disk)),
      [],
    ],
    [
      'the old text of an active file that was changed',
      both(
        copy(app, aside),
        edit(app, (text) => forge(text, 'line')),
      ),
      [`file-changed ${I1}/app.log`, `file-unrecorded ${I1}/app.log.suspect-20250701T000000000Z`],
    ],
    [
      'a rotated file that nobody wrote',
      (disk) => disk.damage(`${app}.2025-07-12`, oneLine(disk)),
      [`file-unrecorded ${I1}/app.log.2025-07-12`],
    ],
  ])('%s', async (_name, change, expected) => {
    expect(await findingsAfter(whole, change)).toEqual(expected);
  });

  it('a rotated file that nobody wrote is named for ever once it is sealed', async () => {
    const maker = new StoreMaker();
    await maker.createInstance('u1', 'i1');
    await maker.write(instanceTarget('i1'), 20);
    maker.disk.damage(`${app}.2025-07-12`, oneLine(maker.disk));
    await maker.seal();
    await maker.endDay(2);
    maker.checkpoint();
    expect(await findingsOf(maker.disk)).toEqual([
      `segment-unrecorded ${I1}/app.log.2025-07-12.gz`,
    ]);
  });

  it('a rotated file that was changed before it was sealed is named for ever', async () => {
    const maker = new StoreMaker();
    await maker.createInstance('u1', 'i1');
    await maker.write(instanceTarget('i1'), 20);
    await maker.rotate(instanceTarget('i1'));
    maker.disk.damage(plain, forge(bytes(maker.disk, plain), 'line'));
    await maker.seal();
    await maker.endDay(2);
    maker.checkpoint();
    expect(await findingsOf(maker.disk)).toEqual([`segment-replaced ${I1}/${FIRST}.gz`]);
  });
});

/** The same length, another word. */
function forge(text: Buffer, word: string): Buffer {
  return Buffer.from(text.toString().replaceAll(word, [...word].reverse().join('')));
}
