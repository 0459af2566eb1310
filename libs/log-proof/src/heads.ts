/** The log-writer's side: how far its files have come, signed at most once a second. */
import { join } from 'node:path';
import { type Disk, nodeDisk, plainFileOf, type SegmentName } from '@mcplog/log-store/check';
import Type, { type Static } from 'typebox';
import { Journal, RECORD_BASE, type Tip } from './journal.ts';
import { FileState } from './manifest.ts';
import { Directory } from './seal.ts';
import type { Signer } from './signer.ts';
import { BODY_BASE, signedSchema } from './statement.ts';

export const HEADS_KIND = 'mcplog heads 1';
export const HEADS_FILE = 'heads.jsonl';
/**
 * From this size on, and when at least half of it is outdated, the journal is written anew: with 500
 * busy instances about once in 40 seconds, for it waits for the disk.
 */
const COMPACT_BYTES = 4 * 1024 * 1024;

export const SignedHead = Type.Object(
  { directory: Directory, ...FileState.properties },
  { additionalProperties: false },
);
/** The first bytes of one file, as they were on disk. */
export type SignedHead = Static<typeof SignedHead>;

export const HeadsBody = Type.Object(
  {
    kind: Type.Literal(HEADS_KIND),
    ...BODY_BASE,
    ...RECORD_BASE,
    /** True when it repeats all heads that stand; then the records before it are left out. */
    isWhole: Type.Boolean(),
    heads: Type.Array(SignedHead),
  },
  { additionalProperties: false },
);
export const SignedHeads = signedSchema(HeadsBody);
export type SignedHeads = Static<typeof SignedHeads>;

/** What the writer of the log store tells of a file, as far as it is signed. */
export interface WrittenHead {
  readonly target:
    | {
        readonly kind: 'instance';
        readonly userId: string;
        readonly instanceId: string;
        readonly file: string;
      }
    | { readonly kind: 'system'; readonly category: string };
  readonly bytes: number;
  readonly sha256: Uint8Array;
  readonly lastSeq: number;
  readonly rotatedTo?: SegmentName;
}

export function headOf({ target, bytes, sha256, lastSeq, rotatedTo }: WrittenHead): SignedHead {
  const isSystem = target.kind === 'system';
  const directory = isSystem ? 'system' : `users/user_${target.userId}/mcp_${target.instanceId}`;
  const active = `${isSystem ? target.category : target.file}.log`;
  const name = rotatedTo === undefined ? active : plainFileOf(rotatedTo);
  return { directory, name, bytes, sha256: Buffer.from(sha256).toString('hex'), lastSeq };
}

interface HeadsContent {
  readonly isWhole: boolean;
  readonly heads: readonly SignedHead[];
}

export interface HeadJournalOptions {
  readonly signer: Signer;
  /** The log directory: heads of files that were sealed since are dropped. */
  readonly logs: string;
  readonly disk?: Disk;
  readonly compactBytes?: number;
}

/** Keeps `heads.jsonl` in the signer's directory. */
export class HeadJournal {
  readonly #journal: Journal<HeadsContent, typeof SignedHeads>;
  readonly #standing = new Map<string, SignedHead>();
  readonly #signer: Signer;
  readonly #disk: Disk;
  readonly #logs: string;
  readonly #compactBytes: number;
  #wholeBytes = 0;

  constructor({ signer, logs, disk = nodeDisk, compactBytes = COMPACT_BYTES }: HeadJournalOptions) {
    this.#signer = signer;
    this.#disk = disk;
    this.#logs = logs;
    this.#compactBytes = compactBytes;
    const path = join(signer.directory, HEADS_FILE);
    const schema = SignedHeads;
    this.#journal = new Journal({ disk, path, kind: HEADS_KIND, schema, signer }, ({ body }) => {
      applyHeads(this.#standing, body);
    });
  }

  get tip(): Tip | undefined {
    return this.#journal.tip;
  }

  get bytes(): number {
    return this.#journal.bytes;
  }

  /**
   * Signs what changed; does nothing for none. In the page cache afterwards: a power cut may take
   * the newest heads along, never more than that. The head of a rotated file is synced, because the
   * seal to come says whether there was one.
   * @throws Error of the file system; the heads are then lost, later ones repeat them
   */
  append(changed: readonly SignedHead[]): void {
    const heads = changed.filter(({ bytes }) => bytes > 0);
    if (heads.length === 0) return;
    this.#signer.changeKey();
    this.#journal.append({ isWhole: false, heads });
    applyHeads(this.#standing, { isWhole: false, heads });
    if (heads.some(({ name }) => name !== activeName(name))) this.#journal.syncNow();
    const { bytes } = this.#journal;
    if (bytes > this.#compactBytes && bytes > 2 * this.#wholeBytes) this.#compact();
  }

  close(): void {
    this.#journal.close();
  }

  #compact(): void {
    for (const [key, { directory, name }] of this.#standing) {
      const index = join(this.#logs, directory, '.index', `${name}.idx`);
      if (this.#disk.lstat(index) !== undefined) this.#standing.delete(key);
    }
    this.#journal.replaceWith({ isWhole: true, heads: [...this.#standing.values()] });
    this.#wholeBytes = this.#journal.bytes;
  }
}

/** Brings the heads that stand up to date with one record. */
export function applyHeads(standing: Map<string, SignedHead>, { isWhole, heads }: HeadsContent) {
  if (isWhole) standing.clear();
  for (const head of heads) {
    const active = activeName(head.name);
    if (head.name !== active) dropOutdated(standing, { ...head, name: active });
    standing.set(keyOf(head), head);
  }
}

/** When a file has been rotated, what stands under its active name was said of the same file. */
function dropOutdated(standing: Map<string, SignedHead>, rotated: SignedHead): void {
  const key = keyOf(rotated);
  const known = standing.get(key);
  if (known !== undefined && known.lastSeq <= rotated.lastSeq) standing.delete(key);
}

/** `app.log` of `app.log.2025-07-13`. */
export function activeName(name: string): string {
  const end = name.indexOf('.log');
  return end < 0 ? name : name.slice(0, end + 4);
}

function keyOf({ directory, name }: SignedHead): string {
  return `${directory}/${name}`;
}
