/** What was signed since the last manifests, and every deletion that was ever authorised. */
import Type, { type Static } from 'typebox';
import { SignedDeletion } from './deletion.ts';
import { RECORD_BASE } from './journal.ts';
import { SignedSeal } from './seal.ts';
import { BODY_BASE, signedSchema } from './statement.ts';

export const DAY_BOOK_KIND = 'mcplog day-book 1';
export const DAY_BOOK_FILE = 'day-book.jsonl';
export const DELETIONS_KIND = 'mcplog deletions 1';
export const DELETIONS_FILE = 'deletions.jsonl';

export const DayBookBody = Type.Object(
  {
    kind: Type.Literal(DAY_BOOK_KIND),
    ...BODY_BASE,
    ...RECORD_BASE,
    /** True when it repeats all that waits for a manifest; the records before it are left out. */
    isWhole: Type.Boolean(),
    seals: Type.Array(SignedSeal),
    deletions: Type.Array(SignedDeletion),
  },
  { additionalProperties: false },
);
export const SignedDayBookRecord = signedSchema(DayBookBody);
export type SignedDayBookRecord = Static<typeof SignedDayBookRecord>;

export interface DayBookContent {
  readonly isWhole: boolean;
  readonly seals: readonly SignedSeal[];
  readonly deletions: readonly SignedDeletion[];
}

export const DeletionsBody = Type.Object(
  {
    kind: Type.Literal(DELETIONS_KIND),
    ...BODY_BASE,
    ...RECORD_BASE,
    deletion: SignedDeletion,
  },
  { additionalProperties: false },
);
export const SignedDeletionsRecord = signedSchema(DeletionsBody);
export type SignedDeletionsRecord = Static<typeof SignedDeletionsRecord>;

/** Seals and deletions that no manifest holds yet, in the order of their making. */
export class Pending {
  #seals: SignedSeal[] = [];
  #deletions: SignedDeletion[] = [];

  apply({ isWhole, seals, deletions }: DayBookContent): void {
    if (isWhole) this.#seals = [];
    if (isWhole) this.#deletions = [];
    this.#seals.push(...seals);
    this.#deletions.push(...deletions);
  }

  sealsOf(directory: string): SignedSeal[] {
    return this.#seals.filter(({ body }) => body.directory === directory);
  }

  deletionsOf(directory: string): SignedDeletion[] {
    return this.#deletions.filter(({ body }) => body.directory === directory);
  }

  /** What remains when `isDone` was put into manifests. */
  without(isDone: (statement: SignedSeal | SignedDeletion) => boolean): DayBookContent {
    return {
      isWhole: true,
      seals: this.#seals.filter((seal) => !isDone(seal)),
      deletions: this.#deletions.filter((deletion) => !isDone(deletion)),
    };
  }
}
