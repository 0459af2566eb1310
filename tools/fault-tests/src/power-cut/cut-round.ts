/** One power cut: a child appends, the cut comes at a random moment, the next start is looked at. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { encodeEntry } from '@mcplog/log-entry';
import { openLogReader } from '@mcplog/log-store/reader';
import { type LogTarget, nodeDisk, openLogWriter } from '@mcplog/log-store/writer';
import { BrokenPromise } from '../broken-promise.ts';
import { entryOf, targetKey } from '../entries.ts';
import { sealAll } from '../sealing.ts';
import type { LoopDisk } from './loop-disk.ts';
import type { Mutant } from './mutant-disk.ts';
import { TARGETS } from './targets.ts';

const CHILD = fileURLToPath(new URL('./appending-child.ts', import.meta.url));
const COMMITS_MAX = 80;
const DELAY_MAX_MS = 25;

export interface CutResult {
  /** Entries that the child had acknowledged. */
  readonly acknowledged: number;
  /** What was not as promised; absent when all was. */
  readonly broken?: string;
}

export async function cutRound(disk: LoopDisk, mutant: Mutant | undefined): Promise<CutResult> {
  disk.format();
  disk.mount();
  const root = join(disk.mountPoint, 'logs');
  const acknowledged = await appendUntilCut(disk, root, mutant);
  disk.unmount();
  disk.mount();
  const total = acknowledged.reduce((sum, n) => sum + n, 0);
  try {
    await examine(root, acknowledged);
    return { acknowledged: total };
  } catch (error) {
    if (!(error instanceof BrokenPromise)) throw error;
    return { acknowledged: total, broken: error.message };
  } finally {
    disk.unmount();
  }
}

/**
 * @returns the last n of each log that the child had acknowledged before the cut was ordered: a sync
 * that runs while the power goes may seem to succeed
 */
async function appendUntilCut(
  disk: LoopDisk,
  root: string,
  mutant: Mutant | undefined,
): Promise<number[]> {
  const child = spawn(process.execPath, [CHILD, root, mutant ?? ''], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const closed = once(child, 'close');
  const cut = await disk.prepareCut();
  let said = '';
  const wanted = 1 + Math.floor(Math.random() * COMMITS_MAX);
  const enough = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.split('\n').length > wanted) resolve();
    });
  });
  await Promise.race([enough, closed]);
  await pause(Math.random() * DELAY_MAX_MS);
  if (child.exitCode !== null) throw new Error('the appending child ended by itself');
  const before = said;
  await cut();
  child.kill('SIGKILL');
  await closed;
  return JSON.parse(before.split('\n').at(-2) ?? '[]') as number[];
}

/** Before and after recovery: from 1 on without a gap at least up to what was acknowledged. */
async function examine(root: string, acknowledged: readonly number[]): Promise<void> {
  await examineLines(root, acknowledged);
  const writer = openLogWriter({ root, onFinding: () => undefined });
  for (const target of TARGETS) writer.lastSeq(target);
  const failures = await writer.close();
  if (failures.length > 0) throw new BrokenPromise(`recovery: ${failures[0]?.error.message}`);
  await sealAll(nodeDisk, root);
  await examineLines(root, acknowledged);
}

async function examineLines(root: string, acknowledged: readonly number[]): Promise<void> {
  const reader = openLogReader({ root });
  for (const [at, target] of TARGETS.entries()) {
    const lines = await linesOf(reader, target);
    for (const [index, line] of lines.entries()) {
      const wanted = encodeEntry(entryOf(target, index + 1));
      if (line !== wanted) throw new BrokenPromise(`${targetKey(target)}: ${line}, not ${wanted}`);
    }
    const missing = (acknowledged[at] ?? 0) - lines.length;
    if (missing > 0) throw new BrokenPromise(`${targetKey(target)}: ${missing} entries are lost`);
  }
}

async function linesOf(
  reader: ReturnType<typeof openLogReader>,
  target: LogTarget,
): Promise<string[]> {
  const view =
    target.kind === 'system' ? reader.system([target.category]) : reader.instance(target);
  const filter = target.kind === 'system' ? {} : { file: target.file };
  const parts: Buffer[] = [];
  for await (const part of view.lines({ filter })) parts.push(part);
  return Buffer.concat(parts).toString('utf8').split('\n').slice(0, -1);
}
