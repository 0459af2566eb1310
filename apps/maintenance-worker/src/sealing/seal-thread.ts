/** The program of a sealing thread: one task at a time, at the lowest priority. */
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { type MessagePort, parentPort } from 'node:worker_threads';
import {
  copiesInQuarantine,
  nodeDisk,
  rebuildIndex,
  repairSegment,
  type SealConflict,
  type SealFacts,
  SegmentMissingError,
  type SegmentName,
  sealSegment,
  segmentPaths,
} from '@mcplog/log-store/maintenance';
import { holdsAnEntry } from './holds-an-entry.ts';
import type { FromThread, SealTask, TaskEnd, ToThread } from './thread-messages.ts';

/** Plain bytes between two reports. */
const PROGRESS_BYTES = 1024 * 1024;

interface Task {
  readonly task: SealTask;
  readonly directory: string;
  readonly steps: readonly string[];
  readonly name: SegmentName;
}

function serve(port: MessagePort): void {
  let stopping = new AbortController();
  let signed: PromiseWithResolvers<Uint8Array> | undefined;
  const tell = (message: FromThread) => port.postMessage(message);
  const sign = (facts: SealFacts) => {
    signed = Promise.withResolvers<Uint8Array>();
    tell({ kind: 'sign', facts });
    return signed.promise;
  };
  port.on('message', (message: ToThread) => {
    if (message.kind === 'signed') signed?.resolve(message.seal);
    if (message.kind === 'not-signed') signed?.reject(new Error(message.problem));
    if (message.kind === 'stop') {
      stopping.abort();
      signed?.reject(new Error('stopped'));
    }
    if (message.kind === 'start') {
      stopping = new AbortController();
      const { signal } = stopping;
      void work(message, { sign, signal, tell }).then((end) => tell({ kind: 'ended', end }));
    }
  });
}

interface Surroundings {
  readonly sign: (facts: SealFacts) => Promise<Uint8Array>;
  readonly signal: AbortSignal;
  readonly tell: (message: FromThread) => void;
}

const WORK = { seal, rebuild, mend } as const satisfies Record<
  SealTask,
  (task: Task, surroundings: Surroundings) => Promise<TaskEnd>
>;

async function work(task: Task, surroundings: Surroundings): Promise<TaskEnd> {
  try {
    return await WORK[task.task](task, surroundings);
  } catch (error) {
    if (surroundings.signal.aborted) return { kind: 'stopped' };
    if (error instanceof SegmentMissingError) return { kind: 'missing' };
    return { kind: 'failed', problem: error instanceof Error ? error.message : String(error) };
  }
}

async function seal(task: Task, { sign, signal, tell }: Surroundings): Promise<TaskEnd> {
  const { plain } = segmentPaths(task.directory, task.name);
  if (holdsAnEntry(plain) === false) return { kind: 'unreadable' };
  let toldBytes = 0;
  const onProgress = (bytes: number) => {
    if (bytes - toldBytes < PROGRESS_BYTES) return;
    toldBytes = bytes;
    tell({ kind: 'progress', bytes });
  };
  let conflict: SealConflict | undefined;
  const facts = await sealSegment({
    disk: nodeDisk,
    ...task,
    sign,
    signal,
    onProgress,
    quarantine: { root: rootOf(task), steps: task.steps },
    onConflict: (told) => {
      conflict = told;
    },
  });
  return { kind: 'sealed', facts, damagedBytes: 0, ...(conflict && { conflict }) };
}

function rootOf({ directory, steps }: Task): string {
  return join(directory, ...steps.map(() => '..'));
}

async function rebuild(task: Task, { sign, signal }: Surroundings): Promise<TaskEnd> {
  const { facts, damaged } = await rebuildIndex({ disk: nodeDisk, ...task, sign, signal });
  const damagedBytes = damaged.reduce((total, { bytes }) => total + bytes, 0);
  if (facts.lines === 0 && damagedBytes > 0) return { kind: 'unreadable' };
  return { kind: 'sealed', facts, damagedBytes };
}

async function mend(task: Task, { sign, signal }: Surroundings): Promise<TaskEnd> {
  const { steps, name } = task;
  const room = { disk: nodeDisk, root: rootOf(task), steps };
  const copies = copiesInQuarantine(room, name);
  const { repaired, missing } = await repairSegment({ ...room, name, copies, sign, signal });
  return { kind: 'mended', repaired, missing };
}

// On Linux the priority is the thread's own; where it may not be set, sealing is merely less polite.
try {
  setPriority(constants.priority.PRIORITY_LOW);
} catch {}
if (parentPort !== null) serve(parentPort);
