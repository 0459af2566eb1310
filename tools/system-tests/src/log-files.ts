/** The log files as they lie on the disk. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOG_FILES, type LogEntry, type LogFile, parseEntry } from '@mcplog/log-entry';

export function instanceDir(logDir: string, userId: string, instanceId: string): string {
  return join(logDir, 'users', `user_${userId}`, `mcp_${instanceId}`);
}

/**
 * The entries of each file of an instance in the order of its lines.
 * @throws Error naming the first line that is no entry
 */
export function readInstanceFiles(dir: string): Record<LogFile, LogEntry[]> {
  const read = (file: LogFile) => readEntries(join(dir, `${file}.log`));
  return Object.fromEntries(LOG_FILES.map((file) => [file, read(file)])) as Record<
    LogFile,
    LogEntry[]
  >;
}

/** Entries of one file; none when it does not exist. A last line without newline is unfinished. */
export function readEntries(file: string): LogEntry[] {
  const lines = readText(file).split('\n').slice(0, -1);
  return lines.map((line, index) => {
    const entry = parseEntry(line);
    if (entry === undefined) throw new Error(`${file}:${index + 1} is no entry: ${line}`);
    return entry;
  });
}

/** All three files as one log, by seq. */
export function inOrder(files: Record<LogFile, LogEntry[]>): LogEntry[] {
  return LOG_FILES.flatMap((file) => files[file]).sort((a, b) => a.metadata.seq - b.metadata.seq);
}

/** The files below these folders that hold any of the texts, byte for byte. */
export function filesHolding(dirs: readonly string[], texts: readonly string[]): string[] {
  const needles = texts.map((text) => Buffer.from(text));
  return dirs.flatMap(filesBelow).filter((file) => {
    const bytes = readIfThere(file);
    return bytes !== undefined && needles.some((needle) => bytes.includes(needle));
  });
}

function readText(file: string): string {
  return readIfThere(file)?.toString('utf8') ?? '';
}

/** Files come and go while the product runs. */
function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name));
}
