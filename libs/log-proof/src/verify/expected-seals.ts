/** The seals that were signed for one directory, by file. */
import type { SignedDeletion } from '../deletion.ts';
import type { SignedManifest } from '../manifest.ts';
import type { SignedSeal } from '../seal.ts';
import { hashOf } from '../statement.ts';

export interface SealSources {
  readonly manifests: readonly SignedManifest[];
  readonly pending: readonly SignedSeal[];
  readonly deletions: readonly SignedDeletion[];
}

export class ExpectedSeals {
  readonly #byFile = new Map<string, SignedSeal[]>();
  readonly #byRoot = new Map<string, SignedSeal>();
  readonly #hashes = new Set<string>();
  readonly #deletions: readonly SignedDeletion[];

  constructor({ manifests, pending, deletions }: SealSources) {
    const seals = [...manifests.flatMap(({ body }) => body.seals), ...pending];
    for (const seal of seals) {
      const hash = hashOf(seal);
      if (this.#hashes.has(hash)) continue;
      this.#hashes.add(hash);
      this.#byRoot.set(seal.body.root, seal);
      const known = this.#byFile.get(seal.body.file);
      if (known === undefined) this.#byFile.set(seal.body.file, [seal]);
      else known.push(seal);
    }
    this.#deletions = deletions;
  }

  has(file: string): boolean {
    return this.#byFile.has(file);
  }

  /**
   * The last seal of a file: a segment may be sealed again before its plain file is removed. One whose
   * deletion was authorised counts when there is no other: its segment may still be there.
   */
  get(file: string): SignedSeal | undefined {
    return this.standing(file)[0] ?? this.#byFile.get(file)?.at(-1);
  }

  /**
   * Every seal of a file, the newest first, but those of what was deleted: the name may be used again
   * on the same day.
   */
  standing(file: string): readonly SignedSeal[] {
    const seals = this.#byFile.get(file) ?? [];
    return seals.filter((seal) => !this.isDeleted(seal)).reverse();
  }

  knows(seal: SignedSeal): boolean {
    return this.#hashes.has(hashOf(seal));
  }

  /** Any seal of these blocks, whatever the file. */
  withRoot(root: string): SignedSeal | undefined {
    return this.#byRoot.get(root);
  }

  /** An earlier seal of the same file that speaks of another plain text. */
  contradicted(seal: SignedSeal): SignedSeal | undefined {
    const { file, plainSha256 } = seal.body;
    return this.standing(file).findLast(({ body }) => body.plainSha256 !== plainSha256);
  }

  /** Of every file that was ever sealed; of one that was deleted for good, its last. */
  *newest(): Generator<SignedSeal> {
    for (const file of this.#byFile.keys()) {
      const newest = this.get(file);
      if (newest !== undefined) yield newest;
    }
  }

  /** Seals whose lines include this seq. */
  *holding(log: string, seq: number): Generator<SignedSeal> {
    for (const seal of this.newest()) {
      const { firstSeq, lastSeq } = seal.body;
      if (seal.body.log === log && firstSeq <= seq && seq <= lastSeq) yield seal;
    }
  }

  isDeleted(seal: SignedSeal): boolean {
    if (this.#deletions.length === 0) return false;
    const hash = hashOf(seal);
    return this.#deletions.some(
      ({ body }) =>
        body.isWhole ||
        body.files.some(({ name, seal: deleted }) =>
          deleted === null ? isNamed(seal, name, body.at) : deleted === hash,
        ),
    );
  }

  /** For a file that was never sealed. */
  isFileDeleted(name: string): boolean {
    return this.#deletions.some(
      ({ body }) => body.isWhole || body.files.some((deleted) => deleted.name === name),
    );
  }
}

/** A deletion without a seal speaks of what had that name then. */
function isNamed({ body }: SignedSeal, name: string, deletedAt: string): boolean {
  return name === `${body.file}.gz` && body.at <= deletedAt;
}
