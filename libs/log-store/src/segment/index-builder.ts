/** Gathers the tables of an index while blocks pass by: when sealing, rebuilding and checking. */
import { BLOCK_ROW_BYTES, BlockTable, encodeBlockRow } from './block-table.ts';
import { type BlockDescription, describeBlock } from './describe-block.ts';
import { buildGramMap } from './gram-map.ts';
import { GramCollector } from './grams.ts';
import { LineClock } from './line-clock.ts';
import { leafHash } from './merkle.ts';
import { MinuteCounter, MinuteTable } from './minute-table.ts';
import type { IndexTables } from './segment-index.ts';

/** Where a block lies. */
export interface BlockPlace {
  readonly number: number;
  readonly offset: number;
  readonly plainOffset: number;
}

export class IndexBuilder {
  readonly #rows: Buffer[] = [];
  readonly #gramRows: Uint8Array[] = [];
  readonly #room = {
    minutes: new MinuteCounter(),
    grams: new GramCollector(),
    clock: new LineClock(),
  };

  /** Reads the next block; to be followed by {@link add}. */
  describe(plain: Buffer): BlockDescription {
    const description = describeBlock(plain, this.#room);
    this.#gramRows.push(this.#room.grams.take());
    return description;
  }

  /** @param member the stored bytes of the block just described. */
  add(
    description: BlockDescription,
    place: BlockPlace,
    { member, plainBytes }: { readonly member: Buffer; readonly plainBytes: number },
  ): void {
    const leaf = leafHash(member);
    const storedBytes = member.length;
    this.#rows.push(encodeBlockRow({ ...description, ...place, storedBytes, plainBytes, leaf }));
  }

  finish(): IndexTables {
    return {
      blocks: new BlockTable(Buffer.concat(this.#rows, this.#rows.length * BLOCK_ROW_BYTES)),
      minutes: new MinuteTable(this.#room.minutes.encode()),
      grams: buildGramMap(this.#gramRows),
    };
  }
}
