/** What the tests of sealed segments need: a directory with one rotated file. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeEntry, type LogEntry } from '@mcplog/log-entry';
import {
  type Disk,
  nodeDisk,
  type SealFacts,
  type SealOptions,
  type SegmentName,
  type SegmentPaths,
  sealSegment,
  segmentPaths,
} from '../src/maintenance.ts';
import { instanceDir, openLogReader } from '../src/reader.ts';
import { encodeLines, entryOf, IDS, scratchRoot } from './scratch.ts';

export const DAY = '2025-07-13';
export const NAME: SegmentName = { log: 'app', day: DAY, number: 0 };
/** Some ten lines to a block, so that every edge is met. */
export const SMALL = { blockBytes: 2048, lineBytesMax: 16_384 };
export const SEAL = Buffer.from('a seal');

export interface SegmentScene {
  readonly root: string;
  readonly directory: string;
  readonly steps: readonly string[];
  readonly paths: SegmentPaths;
}

export async function scene(plain?: Buffer, name = NAME): Promise<SegmentScene> {
  const root = await scratchRoot();
  const directory = instanceDir(root, IDS);
  mkdirSync(directory, { recursive: true });
  const paths = segmentPaths(directory, name);
  if (plain !== undefined) writeFileSync(paths.plain, plain);
  const steps = ['users', `user_${IDS.userId}`, `mcp_${IDS.instanceId}`];
  return { root, directory, steps, paths };
}

export function seal(
  { directory }: SegmentScene,
  options: Partial<SealOptions> = {},
): Promise<SealFacts> {
  const sign = async () => SEAL;
  return sealSegment({ disk: nodeDisk, directory, name: NAME, limits: SMALL, sign, ...options });
}

/** A sealed segment of so many entries, and its plain text. */
export async function sealedScene(
  entries: readonly LogEntry[] = manyEntries(100),
): Promise<SegmentScene & { plain: Buffer; facts: SealFacts }> {
  const plain = encodeLines(entries);
  const scenery = await scene(plain);
  return { ...scenery, plain, facts: await seal(scenery) };
}

/** Entries of several levels, types and minutes, with ids in them. */
export function manyEntries(count: number, from = 1): LogEntry[] {
  return Array.from({ length: count }, (_, at) => variedEntry(from + at));
}

const LEVELS = ['debug', 'info', 'info', 'warn', 'error'] as const;
const TYPES = ['stdout', 'stderr', 'http'] as const;

export function variedEntry(n: number): LogEntry {
  const id = (n * 2_654_435_761).toString(16).padStart(12, '0');
  const entry = entryOf(n, `Request ${id} of Alice took ${n % 97} ms "quoted" ü`);
  return {
    ...entry,
    timestamp: new Date(Date.UTC(2025, 6, 13) + n * 7919).toISOString(),
    level: LEVELS[n % LEVELS.length] ?? 'info',
    metadata: { ...entry.metadata, type: TYPES[n % TYPES.length] ?? 'stdout', callId: `c-${id}` },
  };
}

export function viewOf({ root }: SegmentScene) {
  return openLogReader({ root }).instance(IDS);
}

/** Changes one byte of a file. */
export function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] as number) ^ 0x10;
  writeFileSync(path, bytes);
}

/** The real disk with a sector that cannot be read, at a place of one file. */
export function badSector(path: string, place: number): Disk {
  const opened = new Set<number>();
  return {
    ...nodeDisk,
    open(asked, flags, mode) {
      const fd = nodeDisk.open(asked, flags, mode);
      if (asked === path) opened.add(fd);
      else opened.delete(fd);
      return fd;
    },
    read(fd, into, position) {
      const isMet = position <= place && place < position + into.length;
      if (isMet && opened.has(fd)) throw Object.assign(new Error('unreadable'), { code: 'EIO' });
      return nodeDisk.read(fd, into, position);
    },
  };
}

export function exists(path: string): boolean {
  return existsSync(path);
}

export function copyTo(from: string, to: string): string {
  copyFileSync(from, to);
  return to;
}

export function pathIn({ root }: SegmentScene, name: string): string {
  return join(root, name);
}

export function linesOf(entries: readonly LogEntry[]): string[] {
  return entries.map(encodeEntry);
}
