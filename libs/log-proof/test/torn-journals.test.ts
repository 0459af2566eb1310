/** What a power cut leaves at the end of a journal is counted; what was synced must be whole. */
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyStore } from '../src/index.ts';
import { DATA, instanceTarget, LOGS, StoreMaker } from './store-maker.ts';

const HEADS = `${DATA}/integrity/log-writer/heads.jsonl`;
const DAMAGED = 'journal-damaged integrity/log-writer/heads.jsonl';
let maker: StoreMaker;
let heads: Buffer;
/** Where the last record begins, which no checkpoint names. */
let last: number;

beforeAll(async () => {
  maker = new StoreMaker();
  await maker.createInstance('u1', 'i1');
  await maker.write(instanceTarget('i1'), 5);
  maker.checkpoint();
  await maker.write(instanceTarget('i1'), 5);
  heads = Buffer.from(maker.disk.contents().get(HEADS) ?? '');
  last = heads.lastIndexOf('\n', -2) + 1;
});

async function verify(content: Buffer): Promise<{ found: string[]; unfinished: number }> {
  const disk = maker.disk.afterPowerCut({ kind: 'everything' });
  disk.damage(HEADS, content);
  const verification = verifyStore({ logs: LOGS, data: DATA, disk });
  const found: string[] = [];
  for await (const { kind, file } of verification) found.push(`${kind} ${file}`);
  return { found, unfinished: verification.counts.unfinishedRecords };
}

describe('a journal that ends within a record', () => {
  it('is no finding, wherever the record was cut', async () => {
    for (let end = last + 1; end < heads.length; end += 7) {
      expect(await verify(heads.subarray(0, end))).toEqual({ found: [], unfinished: 1 });
    }
    const allButLf = heads.subarray(0, -1);
    expect(await verify(allButLf)).toEqual({ found: [], unfinished: 1 });
  });

  it('is none either when zeros stand for what was not written', async () => {
    const zeros = Buffer.from(heads).fill(0, last + 40);
    expect(await verify(zeros)).toEqual({ found: [], unfinished: 1 });
    const withLf = Buffer.from(heads).fill(0, last + 40, heads.length - 1);
    expect(await verify(withLf)).toEqual({ found: [], unfinished: 1 });
  });

  it('is one when a checkpoint names the record', async () => {
    const { found } = await verify(heads.subarray(0, last - 20));
    expect(found).toEqual(['journal-missing integrity/log-writer/heads.jsonl']);
  });

  it('is one when its end is no beginning of a record, or more than one', async () => {
    const foreign = Buffer.concat([heads, Buffer.from('not ours')]);
    expect((await verify(foreign)).found).toEqual([DAMAGED]);
    const otherLf = Buffer.from(heads).fill(0x0b, heads.length - 1);
    expect((await verify(otherLf)).found).toEqual([DAMAGED]);
  });

  it('is one when a whole record stands behind the zeros, also after its writer went on', async () => {
    const hole = Buffer.from(heads).fill(0, 20, 60);
    expect((await verify(hole)).found).toContain(DAMAGED);
    const later = new StoreMaker(maker.disk.afterPowerCut({ kind: 'everything' }));
    later.disk.damage(HEADS, hole);
    later.restart();
    await later.createInstance('u1', 'i2');
    await later.write(instanceTarget('i2'), 5);
    const written = later.disk.contents().get(HEADS) ?? Buffer.alloc(0);
    expect(written.length).toBeGreaterThan(hole.length);
    expect(written.subarray(0, hole.length)).toEqual(hole);
    const found: string[] = [];
    for await (const { kind, file } of verifyStore({ logs: LOGS, data: DATA, disk: later.disk })) {
      found.push(`${kind} ${file}`);
    }
    expect(found).toContain(DAMAGED);
  });
});
