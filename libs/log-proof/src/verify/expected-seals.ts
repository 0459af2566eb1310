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

  /** The last seal of a file: a segment may be sealed again before its plain file is removed. */
  get(file: string): SignedSeal | undefined {
    return this.#byFile.get(file)?.at(-1);
  }

  /** Every seal of a file, the newest first. */
  all(file: string): readonly SignedSeal[] {
    return [...(this.#byFile.get(file) ?? [])].reverse();
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
    return this.#byFile.get(file)?.find(({ body }) => body.plainSha256 !== plainSha256);
  }

  *newest(): Generator<SignedSeal> {
    for (const seals of this.#byFile.values()) {
      const newest = seals.at(-1);
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
    const hash = hashOf(seal);
    return this.#deletions.some(
      ({ body }) =>
        body.isWhole ||
        body.files.some((deleted) =>
          deleted.seal === null ? deleted.name === `${seal.body.file}.gz` : deleted.seal === hash,
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
