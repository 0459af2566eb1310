/** What must hold of a store, whatever happened to its disk. */
import { join } from 'node:path';
import { encodeEntry, type LogEntry, type LogFile } from '@mcplog/log-entry';
import { type LogView, openLogReader } from '@mcplog/log-store/reader';
import type { LogTarget } from '@mcplog/log-store/writer';
import type { MemoryDisk } from '@mcplog/test-kit';
import { BrokenPromise } from './broken-promise.ts';
import { type Batch, targetKey } from './entries.ts';
import { plainLinesOf } from './plain-files.ts';
import { ROOT } from './store-run.ts';

const PAGE = 100_000;

/** The lines of each log that these batches hold, by target, in order. */
export function linesIn(batches: Iterable<Batch>): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  for (const batch of batches) {
    for (const { target, entries } of batch) {
      const known = lines.get(targetKey(target)) ?? [];
      known.push(...entries.map(encodeEntry));
      lines.set(targetKey(target), known);
    }
  }
  return lines;
}

export interface Bounds {
  /** What must be there. */
  readonly atLeast: ReadonlyMap<string, readonly string[]>;
  /** What may be there; nothing else may. */
  readonly atMost: ReadonlyMap<string, readonly string[]>;
}

/** Through the reader, both directions, and through the files. @throws BrokenPromise */
export async function examine(
  disk: MemoryDisk,
  targets: readonly LogTarget[],
  bounds: Bounds,
): Promise<void> {
  const reader = openLogReader({ root: ROOT, disk });
  for (const target of targets) {
    const key = targetKey(target);
    const read = (await readAll(viewOf(reader, target), fileOf(target))).map(encodeEntry);
    const found = { read, plain: plainLinesOf(disk.contents(), pathOf(target)) };
    for (const [way, lines] of Object.entries(found)) {
      compare(`${key} ${way}`, lines, {
        atLeast: bounds.atLeast.get(key) ?? [],
        atMost: bounds.atMost.get(key) ?? [],
      });
    }
  }
}

/** The same entries forwards, backwards and in the total. */
async function readAll(view: LogView, file: LogFile | undefined): Promise<LogEntry[]> {
  const filter = file === undefined ? {} : { file };
  const forward = await view.query({ filter, order: 'asc', limit: PAGE });
  const backward = await view.query({ filter, order: 'desc', limit: PAGE });
  const seqs = forward.entries.map(seqOf);
  if (String(seqs) !== String(backward.entries.map(seqOf).reverse())) {
    throw new BrokenPromise('forwards and backwards differ');
  }
  // A line of which only the middle is damaged keeps its place in the total and is not served.
  const { total, damagedLines } = forward;
  if (total === null || total < seqs.length || total > seqs.length + damagedLines) {
    throw new BrokenPromise(`a total of ${total} for ${seqs.length} entries`);
  }
  return forward.entries;
}

function compare(
  what: string,
  lines: readonly string[],
  { atLeast, atMost }: { readonly atLeast: readonly string[]; readonly atMost: readonly string[] },
): void {
  // What may be there is in order, so its positions must rise: no line twice, none out of order.
  const places = new Map(atMost.map((line, at) => [line, at]));
  let last = -1;
  for (const line of lines) {
    const place = places.get(line);
    if (place === undefined) throw new BrokenPromise(`${what}: invented ${line}`);
    if (place <= last) throw new BrokenPromise(`${what}: doubled or out of order ${line}`);
    last = place;
  }
  const there = new Set(lines);
  const lost = atLeast.filter((line) => !there.has(line));
  if (lost.length > 0) throw new BrokenPromise(`${what}: lost ${lost.length}, first ${lost[0]}`);
}

function viewOf(reader: ReturnType<typeof openLogReader>, target: LogTarget): LogView {
  return target.kind === 'system' ? reader.system([target.category]) : reader.instance(target);
}

function fileOf(target: LogTarget): LogFile | undefined {
  return target.kind === 'system' ? undefined : target.file;
}

export function pathOf(target: LogTarget): string {
  if (target.kind === 'system') return join(ROOT, 'system', `${target.category}.log`);
  const { userId, instanceId, file } = target;
  return join(ROOT, 'users', `user_${userId}`, `mcp_${instanceId}`, `${file}.log`);
}

function seqOf({ metadata }: LogEntry): number {
  return metadata.seq;
}
