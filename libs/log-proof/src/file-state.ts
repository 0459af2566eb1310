/** How far the files of a directory that are not sealed have come. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { seqOfLine } from '@mcplog/log-entry';
import type { Disk } from '@mcplog/log-store/check';
import { openOrdinaryFile, readBytes } from '@mcplog/log-store/disk';
import type { FileState } from './manifest.ts';

const CHUNK_BYTES = 1024 * 1024;
const LINE_BYTES_MAX = 16 * 1024 * 1024;
const NEWLINE = 0x0a;
/** Active, rotated and set aside; not `.gz`, not `.part`. */
const PLAIN_FILE = /^[a-z0-9]+\.log(\.\d{4}-\d{2}-\d{2}(\.\d+)?|\.suspect-[0-9A-Za-z-]+)?$/;

export function isPlainLogFile(name: string): boolean {
  return PLAIN_FILE.test(name);
}

/** Of every file in the directory that is not sealed and holds a whole line; by name. */
export async function readFileStates(disk: Disk, directory: string): Promise<FileState[]> {
  const states: FileState[] = [];
  for (const name of disk.readdir(directory).filter(isPlainLogFile).sort()) {
    const state = await readFileState(disk, join(directory, name), name);
    if (state !== undefined) states.push(state);
  }
  return states;
}

/** `undefined` when the file vanished or has no whole line. */
async function readFileState(
  disk: Disk,
  path: string,
  name: string,
): Promise<FileState | undefined> {
  if (disk.lstat(path)?.kind !== 'file') return undefined;
  const { fd, stat } = openOrdinaryFile(disk, path);
  try {
    const last = lastLine(disk, fd, stat.bytes);
    if (last === undefined) return undefined;
    const sha256 = await hashPrefix(disk, fd, last.end);
    return { name, bytes: last.end, sha256, lastSeq: last.seq };
  } finally {
    disk.close(fd);
  }
}

/** SHA-256 of the first bytes, hexadecimal; of fewer when the file is shorter. */
export async function hashPrefix(disk: Disk, fd: number, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(Math.max(1, Math.min(CHUNK_BYTES, bytes)));
  for (let at = 0; at < bytes; ) {
    const part = chunk.subarray(0, Math.min(chunk.length, bytes - at));
    const got = await disk.readLater(fd, part, at);
    if (got === 0) break;
    hash.update(part.subarray(0, got));
    at += got;
  }
  return hash.digest('hex');
}

/** The last whole line: where it ends and its seq, 0 when it says none. */
function lastLine(
  disk: Disk,
  fd: number,
  bytes: number,
): { readonly end: number; readonly seq: number } | undefined {
  for (let size = 64 * 1024; ; size *= 4) {
    const from = Math.max(0, bytes - size);
    const tail = readBytes({ disk, fd }, from, bytes - from);
    const end = tail.lastIndexOf(NEWLINE);
    const before = end <= 0 ? -1 : tail.lastIndexOf(NEWLINE, end - 1);
    const isWhole = before >= 0 || from === 0;
    if (end >= 0 && isWhole) {
      const seq = seqOfLine(tail.toString('utf8', before + 1, end)) ?? 0;
      return { end: from + end + 1, seq };
    }
    if (from === 0 || size > LINE_BYTES_MAX) return undefined;
  }
}
