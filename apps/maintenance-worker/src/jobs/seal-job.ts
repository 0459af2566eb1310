/** The job `seal`: seals what is rotated, and makes missing indexes again. */

import { relative } from 'node:path';
import { findWork, type Work } from '../sealing/find-work.ts';
import type { SealQueue } from '../sealing/seal-queue.ts';
import { pathOfPlace } from '../segment-place.ts';
import { JobIncompleteError, type JobResult, type JobWork, NAMES_TOLD_MAX } from './job-work.ts';

/** @throws JobIncompleteError, the signal's reason (what is under way goes on all the same) */
export async function runSealJob(
  { root, queue }: { readonly root: string; readonly queue: SealQueue },
  { signal, onProgress, ...scope }: JobWork,
): Promise<JobResult> {
  const found: Work[] = [];
  const failed: string[] = [];
  const onUnlisted = (directory: string) => void failed.push(relative(root, directory));
  for await (const work of findWork(root, scope, onUnlisted)) {
    found.push(work);
    queue.add(work);
  }
  const counts = { sealed: 0, rebuilt: 0, quarantined: 0, plainBytes: 0, storedBytes: 0 };
  for (const [done, work] of found.entries()) {
    signal.throwIfAborted();
    onProgress(done, found.length);
    const outcome = await untilAborted(queue.finish(work), signal);
    if (outcome.kind === 'failed') failed.push(pathOfPlace(work.place));
    if (outcome.kind === 'quarantined') counts.quarantined++;
    if (outcome.kind === 'sealed') {
      counts[work.task === 'seal' ? 'sealed' : 'rebuilt']++;
      counts.plainBytes += outcome.facts.plainBytes;
      counts.storedBytes += outcome.facts.storedBytes;
    }
  }
  onProgress(found.length, found.length);
  const result = { ...counts, failed: failed.slice(0, NAMES_TOLD_MAX) };
  if (failed.length === 0) return result;
  throw new JobIncompleteError(`${failed.length} files or folders could not be sealed`, result);
}

/** @throws the signal's reason */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
