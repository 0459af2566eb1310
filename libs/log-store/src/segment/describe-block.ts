/** Reads what the index says about a block out of its plain text. */
import {
  ENTRY_TYPES,
  type EntryType,
  type LogEntry,
  levelRank,
  parseEntry,
  SYSTEM_LEVELS,
} from '@mcplog/log-entry';
import { isFramed, levelAt, NEWLINE, SEQ_KEY, seqAt, typeAt } from '../read/line-frame.ts';
import { BLOCK_FLAGS, LEVEL_COUNT, TYPE_COUNT } from './block-table.ts';
import type { GramCollector } from './grams.ts';
import { type LineClock, TIMESTAMP_AT } from './line-clock.ts';
import { MINUTE_MS, type MinuteCounter, NO_LEVEL } from './minute-table.ts';

/** The columns of a block's row that its plain text decides. */
export interface BlockDescription {
  lines: number;
  damaged: number;
  firstSeq: number;
  lastSeq: number;
  firstMs: number;
  lastMs: number;
  readonly levels: number[];
  readonly types: number[];
  flags: number;
}

/** What is filled while lines are read. */
export interface DescriptionRoom {
  readonly minutes: MinuteCounter;
  readonly grams: Pick<GramCollector, 'add'>;
  readonly clock: LineClock;
}

/** Characters outside ASCII that fold to an ASCII letter: a text in ASCII finds them, grams do not. */
const ALIASES = ['\u212a', '\u017f', '\u0130'].map((letter) => Buffer.from(letter));

/** From the level's word to the message: `","message":"`. */
const MESSAGE_KEY_BYTES = 13;
const LEVEL_AT = 49;
const MESSAGE_AT = SYSTEM_LEVELS.map((level) => LEVEL_AT + level.length + MESSAGE_KEY_BYTES);

/**
 * Counts a line as the matcher does (`line-matcher.ts`): one with the writer's frame and a seq is an
 * entry, others are parsed. What follows the last newline is no line.
 */
export function describeBlock(plain: Buffer, room: DescriptionRoom): BlockDescription {
  const found: BlockDescription = {
    lines: 0,
    damaged: 0,
    firstSeq: 0,
    lastSeq: 0,
    firstMs: Number.POSITIVE_INFINITY,
    lastMs: Number.NEGATIVE_INFINITY,
    levels: Array.from({ length: LEVEL_COUNT }, () => 0),
    types: Array.from({ length: TYPE_COUNT }, () => 0),
    flags: ALIASES.some((alias) => plain.includes(alias)) ? BLOCK_FLAGS.unsearchable : 0,
  };
  let keyAt = -1;
  for (let start = 0; ; ) {
    const end = plain.indexOf(NEWLINE, start);
    if (end < 0) break;
    found.lines++;
    // A key behind this line stays found for the next.
    if (keyAt < start) keyAt = nextKey(plain, start);
    if (!isFramed(plain, start, end)) addOdd(found, plain.toString('utf8', start, end), room);
    else if (keyAt < end) addFramed(found, { plain, start, end, keyAt }, room);
    else found.damaged++;
    start = end + 1;
  }
  if (found.firstMs > found.lastMs) {
    found.firstMs = 0;
    found.lastMs = 0;
  }
  return found;
}

function nextKey(plain: Buffer, start: number): number {
  const at = plain.indexOf(SEQ_KEY, start);
  return at < 0 ? plain.length : at;
}

interface FramedLine {
  readonly plain: Buffer;
  readonly start: number;
  readonly end: number;
  readonly keyAt: number;
}

function addFramed(found: BlockDescription, line: FramedLine, room: DescriptionRoom): void {
  const { plain, start, end, keyAt } = line;
  const seq = seqAt(plain, keyAt);
  if (seq === undefined) {
    found.damaged++;
    return;
  }
  const level = levelAt(plain, start);
  const ms = room.clock.read(plain, start + TIMESTAMP_AT);
  const type =
    typeAt(plain, keyAt) ?? parseEntry(plain.toString('utf8', start, end))?.metadata.type;
  addEntry(found, { seq, ms, level, type: typePlace(type) }, room.minutes);
  room.grams.add(plain, start + (MESSAGE_AT[level] as number), end);
}

function addOdd(found: BlockDescription, line: string, room: DescriptionRoom): void {
  found.flags |= BLOCK_FLAGS.odd;
  const entry = parseEntry(line);
  if (entry === undefined) {
    found.damaged++;
    return;
  }
  found.flags |= BLOCK_FLAGS.unsearchable;
  const level = levelRank(entry.level);
  addEntry(
    found,
    {
      seq: entry.metadata.seq,
      ms: momentOf(entry),
      level: level < 0 ? NO_LEVEL : level,
      type: typePlace(entry.metadata.type),
    },
    room.minutes,
  );
}

function momentOf({ timestamp }: LogEntry): number | undefined {
  const ms = Date.parse(timestamp);
  return ms >= 0 ? ms : undefined;
}

function typePlace(type: string | undefined): number {
  const place = ENTRY_TYPES.indexOf(type as EntryType);
  return place < 0 ? TYPE_COUNT - 1 : place;
}

interface CountedEntry {
  readonly seq: number;
  readonly ms: number | undefined;
  readonly level: number;
  readonly type: number;
}

function addEntry(
  found: BlockDescription,
  { seq, ms, level, type }: CountedEntry,
  minutes: MinuteCounter,
): void {
  if (found.firstSeq === 0) found.firstSeq = seq;
  found.lastSeq = seq;
  if (level !== NO_LEVEL) found.levels[level] = (found.levels[level] as number) + 1;
  found.types[type] = (found.types[type] as number) + 1;
  if (ms === undefined) {
    found.flags |= BLOCK_FLAGS.timeless;
    return;
  }
  found.firstMs = Math.min(found.firstMs, ms);
  found.lastMs = Math.max(found.lastMs, ms);
  minutes.add(Math.floor(ms / MINUTE_MS), level, type);
}
