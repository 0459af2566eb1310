/** Decides from a block table alone which blocks must be opened, and counts what is certain. */
import { ENTRY_TYPES, levelRank, SYSTEM_LEVELS } from '@mcplog/log-entry';
import type { CompiledFilter } from '@mcplog/log-query';
import { BLOCK_FLAGS, type BlockTable } from '../segment/block-table.ts';
import type { SeqBounds } from './matches.ts';

export interface BlockQuestion extends SeqBounds {
  readonly compiled: CompiledFilter;
}

export interface BlockPlan {
  /** Blocks that may hold a match and must be read to know. */
  readonly open: readonly number[];
  /** Blocks that hold matches, how many is known without reading; ascending like the others. */
  readonly known: readonly number[];
  /** Matching lines of the known blocks. */
  readonly lines: number;
  /** Lines that are no entries, in blocks that are not read. */
  readonly damaged: number;
}

/** For counting: what the table can tell is not opened. */
export function planCount(table: BlockTable, question: BlockQuestion): BlockPlan {
  const open: number[] = [];
  const known: number[] = [];
  let [lines, damaged] = [0, 0];
  const view = viewOf(question);
  if (hasNone(table, view)) return { open, known, lines, damaged: damagedOf(table) };
  for (let block = 0; block < table.length; block++) {
    const count = countOf(table, block, view);
    if (count === undefined) {
      open.push(block);
      continue;
    }
    damaged += table.damaged(block);
    lines += count;
    if (count > 0) known.push(block);
  }
  return { open, known, lines, damaged };
}

/** For reading lines: every block that may hold a match, in the order of the file. */
export function blocksWithMatches(table: BlockTable, question: BlockQuestion): number[] {
  const { open, known } = planCount(table, question);
  return [...open, ...known].sort((left, right) => left - right);
}

/** The same of some blocks: those that by the table hold no match are left out. */
export function withMatchesAmong(
  table: BlockTable,
  blocks: readonly number[],
  question: BlockQuestion,
): number[] {
  const view = viewOf(question);
  return blocks.filter((block) => countOf(table, block, view) !== 0);
}

/** Entries of each level in the whole table, and its damaged lines: added up once. */
const TOTALS = new WeakMap<BlockTable, { readonly levels: readonly number[]; damaged: number }>();

function totalsOf(table: BlockTable) {
  const known = TOTALS.get(table);
  if (known !== undefined) return known;
  const levels = SYSTEM_LEVELS.map(() => 0);
  let damaged = 0;
  for (let block = 0; block < table.length; block++) {
    damaged += table.damaged(block);
    for (const rank of levels.keys()) {
      levels[rank] = (levels[rank] ?? 0) + table.ofLevel(block, rank);
    }
  }
  const totals = { levels, damaged };
  TOTALS.set(table, totals);
  return totals;
}

function damagedOf(table: BlockTable): number {
  return totalsOf(table).damaged;
}

/** True when no entry at all has a level that is wanted: whole logs have no errors. */
function hasNone(table: BlockTable, { ranks }: View): boolean {
  return ranks?.every((rank) => totalsOf(table).levels[rank] === 0) ?? false;
}

interface View extends SeqBounds {
  readonly startMs: number;
  readonly endMs: number;
  /** Ranks of the levels wanted, places of the types wanted; absent: all. */
  readonly ranks: readonly number[] | undefined;
  readonly types: readonly number[] | undefined;
  readonly needsParse: boolean;
}

function viewOf({ compiled, after, until }: BlockQuestion): View {
  const { filter, levels, types, needsParse } = compiled;
  return {
    after,
    until,
    startMs: filter.startMs ?? Number.NEGATIVE_INFINITY,
    endMs: filter.endMs ?? Number.POSITIVE_INFINITY,
    ranks: levels && [...levels].map((level) => levelRank(level)),
    types: types && [...types].map((type) => ENTRY_TYPES.indexOf(type)),
    needsParse,
  };
}

/** The matching lines of a block; `undefined` when the table does not tell. */
function countOf(table: BlockTable, block: number, view: View): number | undefined {
  const entries = table.lines(block) - table.damaged(block);
  const bySeq = partWithin(table.firstSeq(block), table.lastSeq(block), [
    view.after + 1,
    view.until,
  ]);
  const byTime = timeless(table, block)
    ? everMoment(view)
    : partWithin(table.firstMs(block), table.lastMs(block), [view.startMs, view.endMs]);
  const ofLevels = sumOf(view.ranks, (rank) => table.ofLevel(block, rank)) ?? entries;
  const ofTypes = sumOf(view.types, (type) => table.ofType(block, type)) ?? entries;
  const most = Math.min(ofLevels, ofTypes);
  if (most === 0 || bySeq === 'none' || byTime === 'none') return 0;
  const isCertain = bySeq === 'all' && byTime === 'all' && !view.needsParse;
  // Of two counts that leave something out, which entries both leave is not known.
  const isJoint = ofLevels === entries || ofTypes === entries;
  return isCertain && isJoint ? most : undefined;
}

function timeless(table: BlockTable, block: number): boolean {
  return (table.flags(block) & BLOCK_FLAGS.timeless) !== 0;
}

function everMoment({ startMs, endMs }: View): 'all' | 'some' {
  return startMs === Number.NEGATIVE_INFINITY && endMs === Number.POSITIVE_INFINITY
    ? 'all'
    : 'some';
}

function partWithin(
  first: number,
  last: number,
  [from, to]: readonly [from: number, to: number],
): 'none' | 'some' | 'all' {
  if (last < from || first > to) return 'none';
  return first >= from && last <= to ? 'all' : 'some';
}

function sumOf(
  places: readonly number[] | undefined,
  count: (place: number) => number,
): number | undefined {
  return places?.reduce((total, place) => total + count(place), 0);
}
