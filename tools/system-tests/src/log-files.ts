/** The log files as they lie on the disk. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { LOG_FILES, type LogEntry, type LogFile, parseEntry } from '@mcplog/log-entry';

export function instanceDir(logDir: string, userId: string, instanceId: string): string {
  return join(logDir, 'users', `user_${userId}`, `mcp_${instanceId}`);
}

/**
 * The entries of each log of an instance in the order of their lines, through all its files: those
 * that were rotated or sealed, then the active one.
 * @throws Error naming the first line that is no entry
 */
export function readInstanceFiles(dir: string): Record<LogFile, LogEntry[]> {
  const read = (file: LogFile) => readEntries(join(dir, `${file}.log`));
  return Object.fromEntries(LOG_FILES.map((file) => [file, read(file)])) as Record<
    LogFile,
    LogEntry[]
  >;
}

const NAMED = /^\.(\d{4}-\d{2}-\d{2})(?:\.(\d+))?(\.gz)?$/;

/** The rotated and sealed files of a log, oldest first; of two forms of one file the plain one. */
export function rotatedFiles(file: string): string[] {
  const found = new Map<string, { name: string; day: string; number: number }>();
  for (const name of namesBeside(file)) {
    const rest = name.startsWith(basename(file)) ? name.slice(basename(file).length) : '';
    const [, day, number = '0', sealed] = NAMED.exec(rest) ?? [];
    const key = `${day} ${number}`;
    if (day === undefined || (sealed !== undefined && found.has(key))) continue;
    found.set(key, { name, day, number: Number(number) });
  }
  const inOrder = [...found.values()].sort((one, other) =>
    one.day === other.day ? one.number - other.number : one.day < other.day ? -1 : 1,
  );
  return inOrder.map(({ name }) => join(dirname(file), name));
}

function namesBeside(file: string): string[] {
  try {
    return readdirSync(dirname(file)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Entries of one log, none when it does not exist. A last line without newline is unfinished. When
 * files are renamed or sealed in between, it begins anew.
 */
export function readEntries(file: string): LogEntry[] {
  const before = namesBeside(file).join();
  const text = [...rotatedFiles(file), file].map(readText).join('');
  if (namesBeside(file).join() !== before) return readEntries(file);
  const lines = text.split('\n').slice(0, -1);
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
  const bytes = readIfThere(file) ?? Buffer.alloc(0);
  const isPacked = file.endsWith('.gz') && bytes.length > 0;
  return (isPacked ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** Files come and go while the product runs. */
export function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name));
}
