/** Finds the lines of a chunk that a filter wants, parsing only where bytes cannot decide. */
import { type LogEntry, levelRank, parseEntry } from '@mcplog/log-entry';
import type { CompiledFilter } from '@mcplog/log-query';
import {
  compareTimestamp,
  isFramed,
  levelAt,
  NEWLINE,
  SEQ_KEY,
  seqAt,
  timestampBytes,
  typeAt,
} from './line-frame.ts';
import { type Needle, needleFor } from './needle.ts';
import type { ScanGuard } from './scan-guard.ts';

const PARSES_PER_CHECK = 32;

/** Lines of one chunk that match; parallel lists, in the order of the file. */
export interface Matches {
  readonly seqs: number[];
  /** Offsets in the chunk: first byte, and the place of the newline. */
  readonly starts: number[];
  readonly ends: number[];
  /** What was parsed to decide; absent where bytes were enough. */
  readonly entries: (LogEntry | undefined)[];
  /** Lines looked at that are no entries. */
  damaged: number;
}

export interface LineMatcher {
  readonly compiled: CompiledFilter;
  /** True when every line is parsed: chunks should be small, so that others get their turn. */
  readonly isSlow: boolean;
  /** True when every whole line matches. */
  readonly matchesAll: boolean;
  /** @param chunk whole lines, each ended by a newline. */
  scan(chunk: Buffer, guard: ScanGuard): Matches;
}

export function createMatcher(compiled: CompiledFilter): LineMatcher {
  const needle = needleFor(compiled.literals);
  const test = createLineTest(compiled);
  const { filter, levels, types, needsParse } = compiled;
  const bounded = filter.startMs !== undefined || filter.endMs !== undefined;
  return {
    compiled,
    isSlow: needsParse && needle === undefined,
    matchesAll: !needsParse && !bounded && levels === undefined && types === undefined,
    scan: (chunk, guard) => scanChunk(chunk, { needle, test, guard }),
  };
}

/** Yes or no; `damaged` for no entry; `parse` when the bytes cannot tell. */
type Verdict = 'yes' | 'no' | 'damaged' | 'parse';

interface LineTest {
  byBytes(bytes: Buffer, line: LinePlace): Verdict;
  matches(entry: LogEntry): boolean;
}

interface LinePlace {
  start: number;
  /** The place of the newline. */
  end: number;
  /** The place of the seq's key. */
  keyAt: number;
}

function scanChunk(
  chunk: Buffer,
  { needle, test, guard }: { needle: Needle | undefined; test: LineTest; guard: ScanGuard },
): Matches {
  const matches: Matches = { seqs: [], starts: [], ends: [], entries: [], damaged: 0 };
  const active = needle === undefined || needle.hasAlias(chunk) ? undefined : needle;
  const line: LinePlace = { start: 0, end: -1, keyAt: -1 };
  let parses = 0;
  for (let at = 0; at < chunk.length; at = line.end + 1) {
    const hit = active === undefined ? at : active.find(chunk, at);
    if (hit < 0) break;
    line.start = hit === at ? at : chunk.lastIndexOf(NEWLINE, hit) + 1;
    line.end = chunk.indexOf(NEWLINE, hit);
    if (line.keyAt < line.start) line.keyAt = placeOfKey(chunk, line.start);
    let verdict = test.byBytes(chunk, line);
    let entry: LogEntry | undefined;
    if (verdict === 'parse') {
      if (++parses % PARSES_PER_CHECK === 0) guard.check();
      entry = parseEntry(chunk.toString('utf8', line.start, line.end));
      verdict = entry === undefined ? 'damaged' : test.matches(entry) ? 'yes' : 'no';
    }
    if (verdict === 'yes') addMatch(matches, { chunk, line, entry });
    else if (verdict === 'damaged') matches.damaged++;
  }
  return matches;
}

/** Past the chunk when no line from here on has the key, so that it is not sought again. */
function placeOfKey(chunk: Buffer, from: number): number {
  const found = chunk.indexOf(SEQ_KEY, from);
  return found < 0 ? chunk.length : found;
}

function addMatch(
  matches: Matches,
  { chunk, line, entry }: { chunk: Buffer; line: LinePlace; entry: LogEntry | undefined },
): void {
  const seq = entry?.metadata.seq ?? seqAt(chunk, line.keyAt);
  if (seq === undefined) {
    matches.damaged++;
    return;
  }
  matches.seqs.push(seq);
  matches.starts.push(line.start);
  matches.ends.push(line.end);
  matches.entries.push(entry);
}

function createLineTest(compiled: CompiledFilter): LineTest {
  const { filter, levels, types, needsParse } = compiled;
  const wanted = levels === undefined ? -1 : maskOf(levels);
  const from = filter.startMs === undefined ? undefined : timestampBytes(Math.ceil(filter.startMs));
  const until = filter.endMs === undefined ? undefined : timestampBytes(Math.floor(filter.endMs));
  const knownTypes: ReadonlySet<string> | undefined = types;
  return {
    matches: compiled.matches,
    byBytes(bytes, { start, end, keyAt }) {
      if (!isFramed(bytes, start, end)) return 'parse';
      if (keyAt >= end) return 'damaged';
      if ((wanted & (1 << levelAt(bytes, start))) === 0) return 'no';
      if (from !== undefined && compareTimestamp(bytes, start, from) < 0) return 'no';
      if (until !== undefined && compareTimestamp(bytes, start, until) > 0) return 'no';
      if (needsParse) return 'parse';
      if (knownTypes === undefined) return 'yes';
      const type = typeAt(bytes, keyAt);
      return type === undefined ? 'parse' : knownTypes.has(type) ? 'yes' : 'no';
    },
  };
}

/** One bit per level, at its rank. */
function maskOf(levels: ReadonlySet<string>): number {
  let mask = 0;
  for (const level of levels) mask |= 1 << levelRank(level);
  return mask;
}
