/**
 * The file that receives what a program prints. The program writes to it directly, so that neither
 * a busy nor a killed launcher can block or break it; the launcher reads behind it.
 */
import {
  closeSync,
  copyFileSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const POLL_MS = 250;
const READ_BYTES_MAX = 256 * 1024;
const LINE_CHARS_MAX = 64 * 1024;
const FILE_BYTES_MAX = 16 * 1024 * 1024;
const TAIL_BYTES = 4096;

export interface ProgramLog {
  /** The file for the program to write to; the caller closes it after the spawn. */
  openForWriting(): number;
  /** Reads what was printed since the last time. */
  poll(): void;
  /** The last words, for a message about a program that ended. */
  lastLines(count: number): string[];
  close(): void;
}

/** Begins a new file (the previous becomes `<file>.1`) and hands each printed line to `onLine`. */
export function openProgramLog(file: string, onLine: (line: string) => void): ProgramLog {
  moveToOld(file);
  closeSync(openSync(file, 'a', 0o600));
  let offset = 0;
  let rest = '';
  let decoder = new StringDecoder('utf8');
  const poll = () => {
    const bytes = readAt(file, offset, READ_BYTES_MAX);
    offset += bytes.length;
    const lines = (rest + decoder.write(bytes)).split('\n');
    rest = (lines.pop() ?? '').slice(0, LINE_CHARS_MAX);
    for (const line of lines) onLine(line);
    if (offset > FILE_BYTES_MAX && bytes.length < READ_BYTES_MAX) {
      // Whatever is printed between these two calls is lost; it is a diagnostic log only.
      copyFileSync(file, `${file}.1`);
      truncateSync(file);
      offset = 0;
      decoder = new StringDecoder('utf8');
    }
  };
  const timer = setInterval(poll, POLL_MS);
  return {
    openForWriting: () => openSync(file, 'a', 0o600),
    poll,
    lastLines: (count) => {
      const end = statSync(file).size;
      const text = readAt(file, Math.max(0, end - TAIL_BYTES), TAIL_BYTES).toString('utf8');
      return text.trimEnd().split('\n').slice(-count);
    },
    close: () => {
      clearInterval(timer);
      poll();
    },
  };
}

function moveToOld(file: string): void {
  try {
    renameSync(file, `${file}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function readAt(file: string, offset: number, bytesMax: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(bytesMax);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, bytesMax, offset));
  } finally {
    closeSync(descriptor);
  }
}
