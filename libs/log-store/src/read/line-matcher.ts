/** Finds the lines of a chunk that a filter wants, parsing only where bytes cannot decide. */
import { type LogEntry, levelRank, parseEntry, SYSTEM_LEVELS } from '@mcplog/log-entry';
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
import { type Matches, MatchList } from './matches.ts';
import { type Needle, needleFor } from './needle.ts';
import type { ScanGuard } from './scan-guard.ts';

const PARSES_PER_CHECK = 32;

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
  const needle = needleFor(compiled.literalSets);
  const test = createLineTest(compiled, needle);
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
  byBytes(chunk: Buffer, line: LinePlace): Verdict;
  matches(entry: LogEntry): boolean;
}

interface LinePlace {
  start: number;
  /** The place of the newline. */
  end: number;
  /** Where the needle was found, the line's start without a needle. */
  hit: number;
  /** The place of the first seq key that does not lie before the line; see {@link findKey}. */
  keyAt: number;
}

function scanChunk(
  chunk: Buffer,
  { needle, test, guard }: { needle: Needle | undefined; test: LineTest; guard: ScanGuard },
): Matches {
  const matches = new MatchList();
  const active = needle === undefined || needle.hasAlias(chunk) ? undefined : needle;
  const line: LinePlace = { start: 0, end: -1, hit: 0, keyAt: -1 };
  const places = new DamagedPlaces(chunk);
  let parses = 0;
  for (let at = 0; at < chunk.length; at = line.end + 1) {
    line.hit = active === undefined ? at : active.find(chunk, at);
    if (line.hit < 0) break;
    line.start = line.hit === at ? at : chunk.lastIndexOf(NEWLINE, line.hit) + 1;
    line.end = chunk.indexOf(NEWLINE, line.hit);
    let verdict = test.byBytes(chunk, line);
    let entry: LogEntry | undefined;
    if (verdict === 'parse') {
      if (++parses % PARSES_PER_CHECK === 0) guard.check();
      entry = parseEntry(chunk.toString('utf8', line.start, line.end));
      verdict = entry === undefined ? 'damaged' : test.matches(entry) ? 'yes' : 'no';
    }
    if (verdict === 'yes') addMatch(matches, { chunk, line, entry });
    else if (verdict === 'damaged' && places.isAnother(line)) matches.damaged++;
  }
  return matches;
}

/** One page that is missing or cannot be read leaves up to three lines: it and what it cuts. */
class DamagedPlaces {
  readonly #chunk: Buffer;
  #end = -1;
  #wasHole = false;

  constructor(chunk: Buffer) {
    this.#chunk = chunk;
  }

  /** False for a damaged line that belongs to the hole that the one before it is, or is cut by. */
  isAnother({ start, end }: LinePlace): boolean {
    const isHole = this.#chunk[start] === 0;
    const isNext = start === this.#end + 1 && start > 0;
    const isAnother = !(isNext && (isHole || this.#wasHole));
    this.#wasHole = isHole;
    this.#end = end;
    return isAnother;
  }
}

/**
 * Finds the line's seq key. What was found stays until a line lies behind it, so that a chunk
 * without keys is searched once, not once for each line.
 * @returns false when the line has none.
 */
function findKey(chunk: Buffer, line: LinePlace): boolean {
  if (line.keyAt < line.start) {
    const found = chunk.indexOf(SEQ_KEY, line.start);
    line.keyAt = found < 0 ? chunk.length : found;
  }
  return line.keyAt < line.end;
}

function addMatch(
  matches: MatchList,
  { chunk, line, entry }: { chunk: Buffer; line: LinePlace; entry: LogEntry | undefined },
): void {
  const isKeyed = line.keyAt >= line.start && line.keyAt < line.end;
  const seq = isKeyed ? seqAt(chunk, line.keyAt) : entry?.metadata.seq;
  if (seq === undefined) {
    matches.damaged++;
    return;
  }
  matches.seqs.push(seq);
  matches.starts.push(line.start);
  matches.ends.push(line.end);
  matches.entries.push(entry);
}

function createLineTest(compiled: CompiledFilter, needle: Needle | undefined): LineTest {
  const { filter, levels, types, needsParse } = compiled;
  const wanted = levels === undefined ? -1 : maskOf(levels);
  const from = filter.startMs === undefined ? undefined : timestampBytes(Math.ceil(filter.startMs));
  const until = filter.endMs === undefined ? undefined : timestampBytes(Math.floor(filter.endMs));
  // The needle is the whole of what is sought, so where it is found the answer is yes.
  const hitDecides = needle?.runs.length === 1 && needle.runs[0] === compiled.soleSearch;
  const { soleMessageTest } = compiled;
  return {
    matches: compiled.matches,
    byBytes(chunk, line) {
      const { start, end } = line;
      if (!isFramed(chunk, start, end)) return 'parse';
      if ((wanted & (1 << levelAt(chunk, start))) === 0) return 'no';
      if (from !== undefined && compareTimestamp(chunk, start, from) < 0) return 'no';
      if (until !== undefined && compareTimestamp(chunk, start, until) > 0) return 'no';
      if (!findKey(chunk, line)) return 'damaged';
      if (soleMessageTest !== undefined) {
        const message = plainMessage(chunk, line);
        if (message === undefined) return 'parse';
        if (!soleMessageTest(message)) return 'no';
      } else if (needsParse && !(hitDecides && isInMessage(chunk, line))) return 'parse';
      if (types === undefined) return 'yes';
      const type = typeAt(chunk, line.keyAt);
      return type === undefined ? 'parse' : types.has(type) ? 'yes' : 'no';
    },
  };
}

/** Where the message of the longest level's line starts. */
const MESSAGE_AT_MAX = 70;
/** Between the message and the seq's key. */
const MESSAGE_END = Buffer.byteLength('",');
const ESCAPE_BYTES = 6;
const BACKSLASH = 0x5c;

/**
 * True when the hit certainly lies in the text of the message: behind its key, before the
 * metadata, and not so close behind a backslash that it may be part of an escape.
 */
function isInMessage(chunk: Buffer, { start, hit, keyAt }: LinePlace): boolean {
  if (hit < start + MESSAGE_AT_MAX || hit >= keyAt - MESSAGE_END) return false;
  for (let before = hit - ESCAPE_BYTES; before < hit; before++) {
    if (chunk[before] === BACKSLASH) return false;
  }
  return true;
}

/** Behind `","message":"` of a line whose level has no letters. */
const MESSAGE_AT = 62;
const LEVEL_BYTES = SYSTEM_LEVELS.map((level) => level.length);
const NOT_PLAIN = /[^\0-\x5b\x5d-\x7f]/;

/** The message of a framed line when it stands there as it is: all ASCII, nothing escaped. */
function plainMessage(chunk: Buffer, { start, keyAt }: LinePlace): string | undefined {
  const from = start + MESSAGE_AT + (LEVEL_BYTES[levelAt(chunk, start)] as number);
  const text = chunk.toString('latin1', from, Math.max(from, keyAt - MESSAGE_END));
  return NOT_PLAIN.test(text) ? undefined : text;
}

/** One bit per level, at its rank. */
function maskOf(levels: ReadonlySet<string>): number {
  let mask = 0;
  for (const level of levels) mask |= 1 << levelRank(level);
  return mask;
}
