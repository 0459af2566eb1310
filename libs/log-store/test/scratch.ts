/** What the tests of this library need: a fresh log directory and entries. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogEntry } from '@mcplog/log-entry';
import { onTestFinished } from 'vitest';
import { type Disk, type Finding, type LogTarget, nodeDisk, openLogWriter } from '../src/writer.ts';
import { encodeLines } from './entries.ts';

export { encodeLines, entryOf, IDS, instanceFile } from './entries.ts';

export async function scratchRoot(): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'mcplog-store-')));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return root;
}

/** Appends entries together. */
export function append(
  writer: ReturnType<typeof openLogWriter>,
  target: LogTarget,
  entries: readonly LogEntry[],
): void {
  const [first] = entries;
  const last = entries.at(-1);
  if (first === undefined || last === undefined) return;
  const range = { firstSeq: first.metadata.seq, lastSeq: last.metadata.seq, count: entries.length };
  writer.append(target, encodeLines(entries), range);
}

/** A writer whose findings are collected. */
export function openWriter(
  root: string,
  options: Partial<Parameters<typeof openLogWriter>[0]> = {},
): { writer: ReturnType<typeof openLogWriter>; findings: Finding[] } {
  const findings: Finding[] = [];
  const onFinding = (finding: Finding) => findings.push(finding);
  return { writer: openLogWriter({ root, onFinding, ...options }), findings };
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** The real disk; these syncs fail with EIO while `isBroken` says so. */
export function unreliableDisk(
  calls: readonly ('fdatasync' | 'fsync' | 'fsyncNow')[],
  isBroken: () => boolean,
): Disk {
  const check = (call: (typeof calls)[number]) => {
    if (calls.includes(call) && isBroken()) throw systemError('EIO');
  };
  return {
    ...nodeDisk,
    async fdatasync(fd) {
      check('fdatasync');
      await nodeDisk.fdatasync(fd);
    },
    async fsync(fd) {
      check('fsync');
      await nodeDisk.fsync(fd);
    },
    fsyncNow(fd) {
      check('fsyncNow');
      nodeDisk.fsyncNow(fd);
    },
  };
}

export async function gather(lines: AsyncIterable<Buffer>): Promise<string[]> {
  const parts: Buffer[] = [];
  for await (const part of lines) parts.push(part);
  const text = Buffer.concat(parts).toString();
  return text === '' ? [] : text.slice(0, -1).split('\n');
}
