/** The logs that are searched: one instance's files, written as the log-writer writes them. */
import { execFile } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encodeEntry, type Level, LOG_FILES, type LogFile, makeSeq } from '@mcplog/log-entry';
import { instanceDir, openLogWriter } from '@mcplog/log-store/writer';
import { createRandom, type Random } from '../random.ts';

export const IDS = { userId: 'bench', instanceId: 'searched' };

const SERVICES = ['figma', 'github', 'slack', 'postgres', 'files'];
const TOOLS = ['read_file', 'list_issues', 'upload_asset', 'post_message', 'run_query', 'search'];
const FOLDERS = ['reports', 'designs', 'exports', 'inbox', 'archive'];
const APPEND_BYTES = 1024 * 1024;
const STEP_MS_MAX = 1_200;
const METADATA = { ...IDS, service: 'figma' };

export interface SearchedLogs {
  readonly root: string;
  readonly entries: number;
  /** Bytes of plain text. */
  readonly bytes: number;
  /** Bytes as gzip -6. */
  readonly gzipBytes: number;
  /** Occurs in one entry, written when half of the bytes were. */
  readonly uniqueId: string;
  readonly plainFiles: readonly string[];
  readonly gzipFiles: readonly string[];
}

/** @param dir an empty folder; takes about 1.3 times the bytes */
export async function writeSearchedLogs(dir: string, bytes: number): Promise<SearchedLogs> {
  const root = join(dir, 'logs');
  mkdirSync(root);
  const { entries, uniqueId } = await writeEntries(root, bytes);
  const plainFiles = LOG_FILES.map((file) => join(instanceDir(root, IDS), `${file}.log`));
  const gzipFiles = await compress(plainFiles, join(dir, 'gzip'));
  const [plainBytes = 0, gzipBytes = 0] = [plainFiles, gzipFiles].map(bytesOf);
  return { root, entries, bytes: plainBytes, gzipBytes, uniqueId, plainFiles, gzipFiles };
}

async function writeEntries(
  root: string,
  bytes: number,
): Promise<{ entries: number; uniqueId: string }> {
  const writer = openLogWriter({
    root,
    onFinding: ({ kind, path }) => {
      throw new Error(`${path}: ${kind}`);
    },
  });
  const files = new Map(LOG_FILES.map((file) => [file, new GrowingLines()]));
  const random = createRandom(11);
  let timeMs = Date.UTC(2026, 9, 1);
  let written = 0;
  let uniqueId = '';
  let entries = 0;
  const flush = (file: LogFile, lines: GrowingLines) => {
    const { text, ...range } = lines;
    if (range.count > 0)
      writer.append({ kind: 'instance', ...IDS, file }, Buffer.from(text), range);
    lines.clear();
  };
  while (written < bytes) {
    const requestId = random.uuid();
    if (uniqueId === '' && written >= bytes / 2) uniqueId = requestId;
    timeMs += random.below(STEP_MS_MAX);
    const seq = makeSeq(1, ++entries);
    const { file, line } = encodeRandom(random, { seq, timeMs, requestId });
    const lines = files.get(file) as GrowingLines;
    lines.add(line, seq);
    written += line.length;
    if (lines.text.length < APPEND_BYTES) continue;
    flush(file, lines);
    await writer.commit();
  }
  for (const [file, lines] of files) flush(file, lines);
  await writer.close();
  return { entries, uniqueId };
}

class GrowingLines {
  text = '';
  firstSeq = 0;
  lastSeq = 0;
  count = 0;

  add(line: string, seq: number): void {
    if (this.count++ === 0) this.firstSeq = seq;
    this.lastSeq = seq;
    this.text += line;
  }

  clear(): void {
    this.text = '';
    this.count = 0;
  }
}

interface EntryFacts {
  readonly seq: number;
  readonly timeMs: number;
  readonly requestId: string;
}

function encodeRandom(random: Random, facts: EntryFacts): { file: LogFile; line: string } {
  const { seq, timeMs, requestId } = facts;
  const level = levelOf(random.below(100));
  const isAccess = level === 'info' && random.below(100) < 20;
  const text = isAccess ? accessText(random, requestId) : toolText(random, level, requestId);
  const entry = encodeEntry({
    timestamp: new Date(timeMs).toISOString(),
    level,
    message: text,
    metadata: { seq, type: 'stderr', ...METADATA, levelReason: isAccess ? 'status' : 'prefix' },
  });
  return { file: isAccess ? 'access' : level === 'error' ? 'error' : 'app', line: `${entry}\n` };
}

/** 90 of 100 info, 6 warn, 3 error, 1 debug. */
function levelOf(dice: number): Level {
  if (dice < 90) return 'info';
  if (dice < 96) return 'warn';
  return dice < 99 ? 'error' : 'debug';
}

function toolText(random: Random, level: Level, requestId: string): string {
  const head = `${level.toUpperCase()} ${random.pick(SERVICES)} ${random.pick(TOOLS)}`;
  const tookMs = random.below(20) === 0 ? 1_000 + random.below(9_000) : random.below(1_000);
  const path = `/srv/${random.pick(FOLDERS)}/${random.below(100_000)}.json`;
  const outcome = level === 'error' ? 'failed after' : 'finished in';
  return `${head} ${outcome} ${tookMs} ms, request ${requestId}, path ${path}`;
}

function accessText(random: Random, requestId: string): string {
  const path = `/api/${random.pick(FOLDERS)}/${random.below(100_000)}?request=${requestId}`;
  return `"${random.pick(['GET', 'POST', 'PUT'])} ${path} HTTP/1.1" 200 ${random.below(90_000)}`;
}

const run = promisify(execFile);

/** Each file beside the others, as a rotation would leave them. */
async function compress(files: readonly string[], dir: string): Promise<string[]> {
  mkdirSync(dir);
  const compressed = files.map((file, at) => ({ file, to: join(dir, `${LOG_FILES[at]}.log.gz`) }));
  await Promise.all(
    compressed.map(({ file, to }) => run('sh', ['-c', 'gzip -6 -c "$0" > "$1"', file, to])),
  );
  return compressed.map(({ to }) => to);
}

function bytesOf(files: readonly string[]): number {
  return files.reduce((total, file) => total + statSync(file).size, 0);
}
