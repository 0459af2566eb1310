import { writeSync } from 'node:fs';

export type OutputStream = 'stdout' | 'stderr';

const DESCRIPTOR: Record<OutputStream, number> = { stdout: 1, stderr: 2 };
const longestMs: Record<OutputStream, number> = { stdout: 0, stderr: 0 };
const sleepCell = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes everything before it returns, as a Python or Go server does: when nobody drains the pipe,
 * the whole server stands still. How long the slowest write took is kept for `longestWriteMs`.
 */
export function write(stream: OutputStream, data: string | Uint8Array): void {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  const begin = performance.now();
  let offset = 0;
  while (offset < bytes.length) offset += writeSome(DESCRIPTOR[stream], bytes, offset);
  longestMs[stream] = Math.max(longestMs[stream], performance.now() - begin);
}

/** The time the slowest single write on each stream took so far, in milliseconds. */
export function longestWriteMs(): Readonly<Record<OutputStream, number>> {
  return { ...longestMs };
}

function writeSome(descriptor: number, bytes: Uint8Array, offset: number): number {
  try {
    return writeSync(descriptor, bytes, offset);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    // The parent made the pipe non-blocking: wait here, the way a blocking pipe would.
    Atomics.wait(sleepCell, 0, 0, 1);
    return 0;
  }
}
