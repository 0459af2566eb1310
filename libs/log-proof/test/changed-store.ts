/** The store that the tests of verification change, and ways to change it. */
import type { MemoryDisk } from '@mcplog/test-kit';
import { type Anchor, verifyStore } from '../src/index.ts';
import { DATA, instanceTarget, LOGS, StoreMaker } from './store-maker.ts';

export const I1 = 'users/user_u1/mcp_i1';
export const FIRST = 'app.log.2025-07-13';

export type Change = (disk: MemoryDisk) => void;

/** Two instances, three days, segments of several blocks, and the day after in active files. */
export async function makeThreeDays(): Promise<{ disk: MemoryDisk; anchor: Anchor }> {
  const maker = new StoreMaker();
  for (const instance of ['i1', 'i2']) await maker.createInstance('u1', instance);
  for (let day = 0; day < 3; day++) {
    for (const instance of ['i1', 'i2']) {
      await maker.write(instanceTarget(instance), 60, `${instance} day ${day}`);
      await maker.rotate(instanceTarget(instance));
    }
    await maker.seal();
    await maker.endDay();
  }
  await maker.write(instanceTarget('i1'), 30);
  await maker.rotate(instanceTarget('i1'));
  await maker.write(instanceTarget('i1'), 20);
  await maker.write({ kind: 'system', category: 'audit' }, 4);
  await maker.seal();
  return { anchor: maker.checkpoint(), disk: maker.disk };
}

/** What verification says of a copy of the store after the change: kind, file and block. */
export async function findingsAfter(
  whole: MemoryDisk,
  change: Change,
  anchors: readonly Anchor[] = [],
): Promise<string[]> {
  const disk = whole.afterPowerCut({ kind: 'everything' });
  change(disk);
  return await findingsOf(disk, anchors);
}

export async function findingsOf(
  disk: MemoryDisk,
  anchors: readonly Anchor[] = [],
): Promise<string[]> {
  const findings: string[] = [];
  for await (const finding of verifyStore({ logs: LOGS, data: DATA, disk, anchors })) {
    const { kind, file, block } = finding;
    findings.push(block === undefined ? `${kind} ${file}` : `${kind} ${file} ${block}`);
  }
  return findings;
}

export const bytes = (disk: MemoryDisk, path: string): Buffer => {
  const content = disk.contents().get(path);
  if (content === undefined) throw new Error(`no ${path}`);
  return Buffer.from(content);
};
export const edit = (path: string, change: (content: Buffer) => Buffer): Change => {
  return (disk) => disk.damage(path, change(bytes(disk, path)));
};
export const flip = (path: string, at: number | ((content: Buffer) => number)): Change => {
  return edit(path, (content) => {
    const place = typeof at === 'number' ? at : at(content);
    content[place] = (content[place] ?? 0) ^ 1;
    return content;
  });
};
export const remove =
  (path: string): Change =>
  (disk) =>
    disk.damage(path, undefined);
export const move = (from: string, to: string): Change => {
  return (disk) => {
    const content = bytes(disk, from);
    disk.damage(from, undefined);
    disk.damage(to, content);
  };
};
export const copy = (from: string, to: string): Change => {
  return (disk) => disk.damage(to, bytes(disk, from));
};
export const swap = (one: string, other: string): Change => {
  return (disk) => {
    const content = bytes(disk, one);
    disk.damage(one, bytes(disk, other));
    disk.damage(other, content);
  };
};
export const both =
  (...changes: Change[]): Change =>
  (disk) => {
    for (const change of changes) change(disk);
  };
export const lines = (content: Buffer) => content.toString().split('\n').slice(0, -1);
export const withoutLine = (path: string, at: number): Change => {
  return edit(path, (content) => Buffer.from(`${lines(content).toSpliced(at, 1).join('\n')}\n`));
};
export const gz = (directory: string, file: string) => `${LOGS}/${directory}/${file}.gz`;
export const idx = (directory: string, file: string) => `${LOGS}/${directory}/.index/${file}.idx`;
export const manifest = (directory: string, day: string) =>
  `${LOGS}/${directory}/.index/manifest.${day}.json`;
/** Where the second member of a segment begins. */
export const secondBlock = (content: Buffer) => content.readUInt32LE(16);
