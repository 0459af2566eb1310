/** What a killed supervisor left: processes that still run, and output that it had not taken in. */
import { setTimeout as delay } from 'node:timers/promises';
import { HELD_BYTES_MAX } from '../pipe-reader/fifo-stream.ts';
import { type PipesName, pathsOf, removeFifos, sweepFifos } from '../pipes/child-pipes.ts';
import type { PipeReading } from '../pipes/pipe-reading.ts';
import type { ReadPipe } from '../pipes/read-pipe.ts';
import { type ChildRow, type ChildrenFile, endProcesses } from './children-file.ts';
import { type RunMark, readMark } from './held-file.ts';

/** What a reader that died may have held of a stream, and what Linux keeps in a pipe. */
export const UNREAD_BYTES_MAX = HELD_BYTES_MAX + 64 * 1024;
/** How long pipes may stay open after their processes were killed. */
const DRAIN_MS = 1_000;

/** What nobody had taken in of a run. */
export interface UnreadBytes {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** A run that a killed supervisor could not end properly. */
export interface Leftover {
  readonly instanceId: string;
  readonly run: number;
  readonly pid: number | undefined;
  /** Its processes that still ran and were ended now. */
  readonly processes: number;
  /** How far it is on disk; undefined when nothing tells. */
  readonly mark: RunMark | undefined;
  /** Behind the mark, or everything that is still there. */
  readonly unread: UnreadBytes;
  /** Nothing is missing between the mark and the end. */
  readonly isWhole: boolean;
  /** Nothing more is wanted: its row and its pipes go. */
  settle(): void;
}

export interface LeftoversOptions {
  readonly children: ChildrenFile;
  readonly reading: PipeReading;
  /** Of the held files. */
  readonly heldDir: string;
}

interface UnreadPipe {
  readonly pipe: ReadPipe;
  readonly parts: Buffer[];
  readonly isOver: Promise<void>;
  readonly isWhole: boolean;
}

/**
 * Ends what a supervisor before this one left running, and takes what it had not. Call it before the
 * first child. Row and pipes of each stay, also over another sudden end, until they are settled.
 */
export async function endLeftovers(options: LeftoversOptions): Promise<Leftover[]> {
  const { children, reading } = options;
  const known = children.rows.map((row) => children.pipesOf(row));
  const leftovers = await Promise.all(children.rows.map((row) => endLeftover(row, options)));
  reading.closeStrangers();
  sweepFifos(children.pipesDir, known);
  return leftovers;
}

async function endLeftover(
  row: ChildRow,
  { children, reading, heldDir }: LeftoversOptions,
): Promise<Leftover> {
  const { instanceId, run, pid } = row;
  const name = children.pipesOf(row);
  const newest = readMark({ dir: heldDir, instanceId });
  const mark = newest?.run === run ? newest : undefined;
  // Before its processes end: what nobody has read ends with the last who has the pipe open.
  const pipes = await openUnread(name, { mark, reading });
  const processes = endProcesses(row);
  for (const one of pipes) one?.pipe.end();
  await untilDrained(pipes);
  const [stdout, stderr] = pipes.map((one) => Buffer.concat(one?.parts ?? []));
  return {
    ...{ instanceId, run, pid, processes, mark },
    unread: { stdout: stdout as Buffer, stderr: stderr as Buffer },
    isWhole: mark !== undefined && pipes.every((one) => one?.isWhole),
    settle: () => {
      children.remove(row);
      for (const one of pipes) if (one !== undefined) reading.closePipe(one.pipe);
      removeFifos(name);
    },
  };
}

function openUnread(
  name: PipesName,
  { mark, reading }: { mark: RunMark | undefined; reading: PipeReading },
): Promise<(UnreadPipe | undefined)[]> {
  const { stdout, stderr } = pathsOf(name);
  const places = [
    { path: stdout, offset: mark?.stdout },
    { path: stderr, offset: mark?.stderr },
  ];
  return Promise.all(places.map((place) => openOne(place, reading)));
}

async function openOne(
  place: { path: string; offset: number | undefined },
  reading: PipeReading,
): Promise<UnreadPipe | undefined> {
  const parts: Buffer[] = [];
  const { promise: isOver, resolve } = Promise.withResolvers<void>();
  let hasGap = false;
  const listener = {
    onData: (chunk: Buffer) => parts.push(Buffer.from(chunk)),
    onOver: resolve,
    onGap: () => {
      hasGap = true;
    },
  };
  try {
    const { pipe, isWhole } = await reading.openPipe(place, listener);
    return {
      pipe,
      parts,
      isOver,
      get isWhole() {
        return isWhole && !hasGap;
      },
    };
  } catch {
    // There is no such FIFO: the machine was started anew, or somebody has tidied up.
    return undefined;
  }
}

async function untilDrained(pipes: readonly (UnreadPipe | undefined)[]): Promise<void> {
  const abort = new AbortController();
  await Promise.race([
    Promise.all(pipes.map((one) => one?.isOver)),
    delay(DRAIN_MS, undefined, { signal: abort.signal }).catch(() => undefined),
  ]);
  abort.abort();
}
