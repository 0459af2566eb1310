import { closeSync, constants, openSync, readSync } from 'node:fs';
import { parseEntry } from '@mcplog/log-entry';

const CHUNK_BYTES = 1024 * 1024;
/** A longer line is no entry of ours. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Whether any line of a file is an entry; as a rule the first one is. `undefined` when there is no
 * such file.
 */
export function holdsAnEntry(path: string): boolean | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return hasEntry(fd);
  } finally {
    closeSync(fd);
  }
}

function hasEntry(fd: number): boolean {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let rest = Buffer.alloc(0);
  for (let got = readSync(fd, chunk); got > 0; got = readSync(fd, chunk)) {
    const text = Buffer.concat([rest, chunk.subarray(0, got)]);
    let start = 0;
    for (let end = text.indexOf(NEWLINE); end >= 0; end = text.indexOf(NEWLINE, start)) {
      if (parseEntry(text.toString('utf8', start, end)) !== undefined) return true;
      start = end + 1;
    }
    rest = text.length - start > LINE_BYTES_MAX ? Buffer.alloc(0) : text.subarray(start);
  }
  return false;
}
