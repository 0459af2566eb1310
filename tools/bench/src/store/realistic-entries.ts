/**
 * Entries as a busy instance has them: an id of its own for every request, paths, durations, tokens
 * of several levels and types, now and then a stack trace. The same seed gives the same entries.
 */
import { type EntryType, encodeEntry, type Level, type LogFile, makeSeq } from '@mcplog/log-entry';
import { createRandom, type Random } from '../random.ts';

export const IDS = { userId: 'bench', instanceId: 'searched' };
/** Occurs in about one entry of two million. */
export const RARE_WORD = 'quorumlost';

const SERVICE = 'github';
const START_MS = Date.UTC(2026, 8, 1);
const DAYS = 30;
const RARITY = 2_000_000;

const TOOLS = [
  'read_file',
  'list_issues',
  'upload_asset',
  'post_message',
  'run_query',
  'search_code',
  'get_frame',
  'create_branch',
  'merge_request',
  'export_nodes',
];
const HOSTS = ['api.github.com', 'api.figma.com', 'slack.com', 'db-1.internal', 'db-2.internal'];
const FOLDERS = ['reports', 'designs', 'exports', 'inbox', 'archive', 'fixtures', 'assets'];
const REASONS = [
  'ECONNRESET',
  'ETIMEDOUT',
  'permission denied',
  'rate limit exceeded',
  'invalid token',
];
const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE'];

export interface PlannedLine {
  readonly file: LogFile;
  readonly timeMs: number;
  readonly seq: number;
  /** Encoded, with its newline. */
  readonly line: string;
  readonly requestId: string;
}

/**
 * Entries whose lines take about so many bytes, evenly over thirty days.
 * @param bytes of all lines together
 */
export function* realisticEntries(bytes: number): Generator<PlannedLine, void, undefined> {
  const random = createRandom(11);
  let written = 0;
  let previousMs = START_MS;
  for (let n = 1; written < bytes; n++) {
    const evenMs = START_MS + (written / bytes) * DAYS * 86_400_000;
    const timeMs = Math.max(previousMs, Math.floor(evenMs));
    previousMs = timeMs;
    const planned = entryOf(random, n, timeMs);
    written += planned.line.length;
    yield planned;
  }
}

function entryOf(random: Random, n: number, timeMs: number): PlannedLine {
  const seq = makeSeq(1, n);
  const requestId = random.uuid();
  const { file, level, type, message, fields } = contentOf(random, requestId);
  const { instanceId, userId } = IDS;
  const entry = encodeEntry({
    timestamp: new Date(timeMs).toISOString(),
    level,
    message,
    metadata: { seq, type, instanceId, userId, service: SERVICE, ...fields },
  });
  return { file, timeMs, seq, requestId, line: `${entry}\n` };
}

interface Content {
  readonly file: LogFile;
  readonly level: Level;
  readonly type: EntryType;
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

/** 55 % tool lines, 20 % access, 15 % debug, 6 % warnings, 4 % errors. */
function contentOf(random: Random, requestId: string): Content {
  const dice = random.below(100);
  if (dice < 20) return accessContent(random, requestId);
  if (dice < 35) return debugContent(random, requestId);
  if (dice < 41) return warnContent(random, requestId);
  return dice < 45 ? errorContent(random, requestId) : toolContent(random, requestId);
}

const APP = { file: 'app', type: 'stderr' } as const;

function toolContent(random: Random, requestId: string): Content {
  const head = `INFO tool ${random.pick(TOOLS)} finished in ${durationOf(random)} ms`;
  const rare = random.below(RARITY) === 0 ? ` ${RARE_WORD}` : '';
  const message = `${head}, request ${requestId}, ${pathOf(random)}${rare}`;
  return { ...APP, level: 'info', message, fields: { levelReason: 'prefix' } };
}

function debugContent(random: Random, requestId: string): Content {
  const message = `[debug] cache ${random.below(2) === 0 ? 'hit' : 'miss'} for ${pathOf(random)} etag=${random.uuid().slice(0, 8)} user=u${random.below(5_000)}`;
  const fields = { levelReason: 'prefix', requestId };
  return { ...APP, level: 'debug', message, fields };
}

function warnContent(random: Random, requestId: string): Content {
  const message = `WARN retry ${1 + random.below(4)} of ${random.pick(TOOLS)} after ${random.pick(REASONS)}: https://${random.pick(HOSTS)}/v${1 + random.below(3)}/items/${random.below(1_000_000)} request ${requestId}`;
  return { ...APP, level: 'warn', message, fields: { levelReason: 'prefix' } };
}

function errorContent(random: Random, requestId: string): Content {
  const reason = random.pick(REASONS);
  const head = `ERROR ${random.pick(TOOLS)} failed after ${durationOf(random)} ms: ${reason} (request ${requestId})`;
  const isTraced = random.below(4) === 0;
  const message = isTraced ? `${head}\n${traceOf(random)}` : head;
  const fields = { levelReason: 'prefix', lines: isTraced ? 9 : 1 };
  return { file: 'error', level: 'error', type: 'stderr', message, fields };
}

function accessContent(random: Random, requestId: string): Content {
  const status = random.below(50) === 0 ? 503 : random.below(10) === 0 ? 404 : 200;
  const target = `/api/${random.pick(FOLDERS)}/${random.below(100_000)}?request=${requestId}`;
  const message = `10.0.${random.below(256)}.${random.below(256)} "${random.pick(METHODS)} ${target} HTTP/1.1" ${status} ${random.below(90_000)}`;
  const fields = { 'http.response.status_code': status };
  return { file: 'access', level: 'info', type: 'http', message, fields };
}

/** One in twenty takes seconds. */
function durationOf(random: Random): number {
  return random.below(20) === 0 ? 1_000 + random.below(9_000) : random.below(1_000);
}

function pathOf(random: Random): string {
  return `path /srv/${random.pick(FOLDERS)}/${random.below(100_000)}.json`;
}

function traceOf(random: Random): string {
  const frames = Array.from({ length: 8 }, () => {
    const where = `/app/src/${random.pick(FOLDERS)}/${random.pick(TOOLS)}.ts`;
    return `    at ${random.pick(TOOLS)} (${where}:${1 + random.below(400)}:${1 + random.below(80)})`;
  });
  return frames.join('\n');
}
