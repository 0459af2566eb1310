/** Checkpoints: one number that stands for everything that was signed so far. */

import { merkleRoot } from '@mcplog/log-store/check';
import Type, { type Static } from 'typebox';
import { RECORD_BASE, type Tip } from './journal.ts';
import { BODY_BASE, Hash, sha256, signedSchema } from './statement.ts';

export const CHECKPOINT_KIND = 'mcplog checkpoint 1';
export const CHECKPOINT_FILE = 'checkpoints.jsonl';

/** Name of a chain, the number of its last statement, its hash. */
export const Leaf = Type.Tuple([
  Type.String({ minLength: 1, maxLength: 256 }),
  Type.Integer({ minimum: 1 }),
  Hash,
]);
export type Leaf = Static<typeof Leaf>;

export const CheckpointBody = Type.Object(
  {
    kind: Type.Literal(CHECKPOINT_KIND),
    ...BODY_BASE,
    ...RECORD_BASE,
    /** Number of chains. */
    size: Type.Integer({ minimum: 0 }),
    /** Merkle root (RFC 6962) over all chains, sorted by name. */
    root: Hash,
    /** The chains that went on since the checkpoint before, sorted by name. */
    changed: Type.Array(Leaf),
  },
  { additionalProperties: false },
);
export type CheckpointBody = Static<typeof CheckpointBody>;

export const SignedCheckpoint = signedSchema(CheckpointBody);
export type SignedCheckpoint = Static<typeof SignedCheckpoint>;

/** Names of the chains a checkpoint stands for. */
export const manifestChain = (directory: string) => `manifests ${directory}`;
export const headsChain = (signer: string) => `heads ${signer}`;
export const dayBookChain = (signer: string) => `day-book ${signer}`;
export const deletionChain = (signer: string) => `deletions ${signer}`;
export const certificateChain = (signer: string) => `certificates ${signer}`;

/** How far every chain has come. */
export class ChainTips {
  readonly #tips = new Map<string, Tip>();

  copy(): ChainTips {
    const copy = new ChainTips();
    for (const [chain, tip] of this.#tips) copy.#tips.set(chain, tip);
    return copy;
  }

  get size(): number {
    return this.#tips.size;
  }

  get(chain: string): Tip | undefined {
    return this.#tips.get(chain);
  }

  entries(): IterableIterator<[string, Tip]> {
    return this.#tips.entries();
  }

  /** @returns those that changed, sorted by name */
  update(tips: Iterable<readonly [string, Tip]>): Leaf[] {
    const changed: Leaf[] = [];
    for (const [chain, { number, hash }] of tips) {
      const known = this.#tips.get(chain);
      if (known?.number === number && known.hash === hash) continue;
      this.#tips.set(chain, { number, hash });
      changed.push([chain, number, hash]);
    }
    return changed.sort(byName);
  }

  /** Hexadecimal. */
  root(): string {
    const leaves = [...this.#tips].map(([chain, { number, hash }]): Leaf => [chain, number, hash]);
    const hashes = leaves
      .sort(byName)
      .map((leaf) => Buffer.from(sha256(`\0${JSON.stringify(leaf)}`), 'hex'));
    return Buffer.from(merkleRoot(hashes)).toString('hex');
  }
}

function byName([left]: Leaf, [right]: Leaf): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** What is kept elsewhere to prove later that history was not rolled back. */
export interface Anchor {
  readonly number: number;
  /** Of the checkpoint, hexadecimal. */
  readonly hash: string;
}

export function formatAnchor({ number, hash }: Anchor): string {
  return `${number}:${hash}`;
}

/** `undefined` for text that is no anchor. */
export function parseAnchor(text: string): Anchor | undefined {
  const [, number, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  return number !== undefined && hash !== undefined ? { number: Number(number), hash } : undefined;
}
