/** Rules out blocks that cannot hold what is sought, by the gram map alone. */
import { BLOCK_FLAGS, type BlockTable } from './block-table.ts';
import type { ReadableFile } from './durable-file.ts';
import { gramRowsOf } from './grams.ts';
import { type IndexSections, readGramRow } from './segment-tables.ts';

/** More rows of one text seldom rule out more. */
const ROWS_MAX = 48;

/**
 * Texts as rows: of each set one text must stand in a line, in ASCII, lowered. A set with a text too
 * short to have a gram is left out.
 */
export function gramSetsOf(textSets: readonly (readonly string[])[]): number[][][] {
  const sets = textSets.map((set) => set.map((text) => gramRowsOf(Buffer.from(text))));
  return sets.filter((set) => set.length > 0 && set.every((rows) => rows.length > 0));
}

/**
 * The blocks of `candidates` that may hold a text of every set.
 * @param map the open index.
 */
export function ruleOut(
  candidates: readonly number[],
  gramSets: readonly (readonly (readonly number[])[])[],
  { map, index, blocks }: { map: ReadableFile; index: IndexSections; blocks: BlockTable },
): number[] {
  const isKept = (block: number) => (blocks.flags(block) & BLOCK_FLAGS.unsearchable) !== 0;
  let left = candidates.filter((block) => !isKept(block));
  for (const set of gramSets) {
    if (left.length === 0) break;
    const any = new Set<number>();
    for (const rows of set)
      for (const block of blocksWith(left, rows, { map, index })) any.add(block);
    left = left.filter((block) => any.has(block));
  }
  const kept = new Set(left);
  return candidates.filter((block) => isKept(block) || kept.has(block));
}

/** Those that hold every gram, as far as the map tells; row by row, until none is left. */
function blocksWith(
  candidates: readonly number[],
  rows: readonly number[],
  { map, index }: { map: ReadableFile; index: IndexSections },
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
