/** Rules out blocks that cannot hold what is sought, by the gram map alone. */
import type { CompiledFilter } from '@mcplog/log-query';
import type { FileHandle } from '../disk-io.ts';
import { plainRunsOf } from '../needle.ts';
import { BLOCK_FLAGS, type BlockTable } from './block-table.ts';
import { gramRowsOf } from './grams.ts';
import { type IndexSections, readGramRow } from './segment-tables.ts';

/** More rows of one text seldom rule out more. */
const ROWS_MAX = 48;

/** For each text of a set its rows; a line must hold one text of each set. */
type GramSets = readonly (readonly (readonly number[])[])[];

/** A query asks every segment with the same filter. */
const known = new WeakMap<CompiledFilter, GramSets>();

/** What a filter seeks, as rows; a set with a text too short to have a gram is left out. */
export function gramSetsOf(compiled: CompiledFilter): GramSets {
  const kept = known.get(compiled);
  if (kept !== undefined) return kept;
  const sets = plainRunsOf(compiled.literalSets)
    .map((set) => set.map((text) => gramRowsOf(Buffer.from(text))))
    .filter((set) => set.every((rows) => rows.length > 0));
  known.set(compiled, sets);
  return sets;
}

/**
 * The blocks of `candidates` that may hold a text of every set.
 * @param map the open index.
 */
export function ruleOut(
  candidates: readonly number[],
  gramSets: GramSets,
  { map, index, blocks }: { map: FileHandle; index: IndexSections; blocks: BlockTable },
): number[] {
  const isKept = (block: number) => (blocks.flags(block) & BLOCK_FLAGS.unsearchable) !== 0;
  let left = candidates.filter((block) => !isKept(block));
  for (const set of gramSets) {
    if (left.length === 0) break;
    const any = new Set<number>();
    for (const rows of set) {
      for (const block of blocksWith(left, rows, { map, index })) any.add(block);
    }
    left = left.filter((block) => any.has(block));
  }
  const kept = new Set(left);
  return candidates.filter((block) => isKept(block) || kept.has(block));
}

/** Those that hold every gram, as far as the map tells; row by row, until none is left. */
function blocksWith(
  candidates: readonly number[],
  rows: readonly number[],
  { map, index }: { map: FileHandle; index: IndexSections },
): readonly number[] {
  let left = candidates;
  for (const row of rows.slice(0, ROWS_MAX)) {
    if (left.length === 0) break;
    const bits = readGramRow(map, index, row);
    // A damaged row rules nothing out.
    if (bits === undefined) continue;
    left = left.filter((block) => ((bits[block >> 3] as number) & (1 << (block & 7))) !== 0);
  }
  return left;
}
