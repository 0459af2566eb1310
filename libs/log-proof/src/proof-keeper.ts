/** The maintenance-worker's side: signs seals, authorises deletions, closes days, anchors. */
import { join } from 'node:path';
import { type Disk, nodeDisk, type SealFacts } from '@mcplog/log-store/check';
import {
  type Anchor,
  CHECKPOINT_FILE,
  CHECKPOINT_KIND,
  ChainTips,
  certificateChain,
  dayBookChain,
  deletionChain,
  headsChain,
  type Leaf,
  manifestChain,
  SignedCheckpoint,
} from './checkpoint.ts';
import { dayAfter, dayOf } from './day.ts';
import {
  DAY_BOOK_FILE,
  DAY_BOOK_KIND,
  type DayBookContent,
  DELETIONS_FILE,
  DELETIONS_KIND,
  Pending,
  SignedDayBookRecord,
  SignedDeletionsRecord,
} from './day-book.ts';
import { DELETION_KIND, type DeletedFile, type SignedDeletion } from './deletion.ts';
import { Journal, type Tip } from './journal.ts';
import { isDirectory, listDirectories } from './manifest-files.ts';
import { ManifestWriter, newestPerFile } from './manifest-writer.ts';
import { publishCertificates } from './publish-certificates.ts';
import { SEAL_KIND, type SealBody, type SignedSeal } from './seal.ts';
import { type SealContent, saysSame, sealContent } from './seal-content.ts';
import { sealOrigin } from './seal-origin.ts';
import { openSigner, type Signer } from './signer.ts';
import { readChainTips } from './signer-tips.ts';
import { hashOf, textOf } from './statement.ts';
import { WrittenHeads } from './written-heads.ts';

export interface ProofKeeperOptions {
  readonly logs: string;
  readonly data: string;
  /** The signer's name. */
  readonly name?: string;
  readonly disk?: Disk;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface DeletionRequest {
  readonly directory: string;
  readonly reason: 'retention' | 'erasure' | 'request';
  /** Who asked for it: a user id, or the name of a rule. */
  readonly by: string;
  readonly isWhole?: boolean;
  readonly files: readonly DeletedFile[];
}

export interface ClosedDay {
  readonly day: string;
  readonly manifests: number;
  /** Directories whose manifest could not be written; the next one stands for this day too. */
  readonly failures: readonly { readonly directory: string; readonly error: Error }[];
}

type Checkpoints = Journal<
  { size: number; root: string; changed: Leaf[] },
  typeof SignedCheckpoint
>;

/** Opens or creates the signer's files. One process at a time. @throws Error of the file system */
export function openProofKeeper(options: ProofKeeperOptions): ProofKeeper {
  return new ProofKeeper(options);
}

export class ProofKeeper {
  readonly signer: Signer;
  readonly #disk: Disk;
  readonly #logs: string;
  readonly #data: string;
  readonly #pending = new Pending();
  readonly #dayBook: Journal<DayBookContent, typeof SignedDayBookRecord>;
  readonly #deletions: Journal<{ deletion: SignedDeletion }, typeof SignedDeletionsRecord>;
  readonly #checkpoints: Checkpoints;
  readonly #manifests: ManifestWriter;
  readonly #heads: WrittenHeads;
  #tips = new ChainTips();
  #manifestTips = new Map<string, Tip>();

  constructor({
    logs,
    data,
    name = 'maintenance-worker',
    disk = nodeDisk,
    now,
  }: ProofKeeperOptions) {
    this.#disk = disk;
    this.#logs = logs;
    this.#data = data;
    const signer = openSigner({ data, name, disk, ...(now === undefined ? {} : { now }) });
    this.signer = signer;
    const journal = (file: string, kind: string) => {
      return { disk, path: join(signer.directory, file), kind, signer };
    };
    this.#dayBook = new Journal(
      { ...journal(DAY_BOOK_FILE, DAY_BOOK_KIND), schema: SignedDayBookRecord },
      ({ body }) => this.#pending.apply(body),
    );
    this.#deletions = new Journal(
      { ...journal(DELETIONS_FILE, DELETIONS_KIND), schema: SignedDeletionsRecord },
      () => undefined,
    );
    this.#checkpoints = new Journal(
      { ...journal(CHECKPOINT_FILE, CHECKPOINT_KIND), schema: SignedCheckpoint },
      ({ body }) => {
        this.#tips.update(body.changed.map(([chain, number, hash]) => [chain, { number, hash }]));
      },
    );
    publishCertificates(disk, logs, signer);
    this.#manifests = new ManifestWriter({ disk, logs, signer, pending: this.#pending });
    this.#heads = new WrittenHeads(disk, data, name);
  }

  /** The last checkpoint, to be kept elsewhere; `undefined` before the first. */
  get anchor(): Anchor | undefined {
    return this.#checkpoints.tip;
  }

  /**
   * False when the log-writer has signed nothing of a rotated file yet: a moment after rotation it
   * will have, so a caller may wait. Signed now, its seal says so for ever.
   */
  isRecorded(directory: string, facts: SealFacts): boolean {
    return this.#originOf(sealContent(directory, facts)) !== 'unrecorded';
  }

  /** The seal section of a segment's index. The same facts get the same seal again. */
  signSeal(directory: string, facts: SealFacts): Uint8Array {
    const waiting = this.#pending.sealsOf(directory);
    const content = sealContent(directory, facts);
    const chain = this.#manifests.sealChain(directory);
    const known = [...waiting, ...chain.seals].find((seal) => saysSame(seal, content));
    if (known !== undefined) return Buffer.from(textOf(known));
    const tip = chain.tipBefore(content.log, content.file);
    const ordinal = (tip?.ordinal ?? 0) + 1;
    const origin = this.#originOf(content);
    const seal = this.signer.sign(SEAL_KIND, {
      ...content,
      ...(origin === undefined ? {} : { origin }),
      ordinal,
      previous: tip?.hash ?? null,
    });
    const signed = seal as SignedSeal;
    this.#note({ isWhole: false, seals: [signed], deletions: [] });
    return Buffer.from(textOf(signed));
  }

  /**
   * Says durably that files may be missing from now on. Call it before deleting them.
   * @throws Error of the file system: then nothing may be deleted
   */
  authoriseDeletion({ directory, reason, by, isWhole = false, files }: DeletionRequest): void {
    const content = { directory, reason, by, isWhole, files: [...files] };
    const deletion = this.signer.sign(DELETION_KIND, content) as SignedDeletion;
    this.#deletions.append({ deletion });
    this.#deletions.syncNow();
    this.#note({ isWhole: false, seals: [], deletions: [deletion] });
  }

  /** True when the day of the key in use is over: `closeDay` has something to do. */
  get isDayOver(): boolean {
    return dayOf(this.signer.now()) > this.signer.day;
  }

  /**
   * Writes the manifests of every directory up to yesterday, makes a checkpoint, changes the key.
   * Broken off at any moment, it is taken up by the next call. `undefined` when no day is over.
   */
  async closeDay(
    onProgress: (done: number, all: number) => void = () => undefined,
  ): Promise<ClosedDay | undefined> {
    if (!this.isDayOver) return undefined;
    const day = dayAfter(dayOf(this.signer.now()), -1);
    const directories = listDirectories(this.#disk, this.#logs);
    const failures: { directory: string; error: Error }[] = [];
    const written = new Set<string>();
    for (const [done, directory] of directories.entries()) {
      try {
        const known = this.#tips.get(manifestChain(directory));
        const manifest = await this.#manifests.write(directory, day, known);
        this.#manifestTips.set(directory, { number: manifest.body.number, hash: hashOf(manifest) });
        for (const item of [...manifest.body.seals, ...manifest.body.deletions]) {
          written.add(hashOf(item));
        }
      } catch (error) {
        failures.push({ directory, error: error instanceof Error ? error : new Error(`${error}`) });
      }
      onProgress(done + 1, directories.length);
    }
    this.checkpoint();
    this.#forget(written);
    this.signer.changeKey();
    publishCertificates(this.#disk, this.#logs, this.signer);
    this.checkpoint();
    return { day, manifests: directories.length - failures.length, failures };
  }

  /** Appends a checkpoint when any chain went on, durably. Returns the last one. */
  checkpoint(): Anchor | undefined {
    const next = this.#tips.copy();
    const changed = next.update(this.#currentTips());
    if (changed.length > 0) {
      this.#checkpoints.append({ size: next.size, root: next.root(), changed });
      this.#tips = next;
    }
    this.#checkpoints.syncNow();
    return this.anchor;
  }

  close(): void {
    this.#dayBook.close();
    this.#deletions.close();
    this.#checkpoints.close();
  }

  #originOf(content: SealContent): SealBody['origin'] {
    return sealOrigin({ disk: this.#disk, logs: this.#logs, heads: this.#heads }, content);
  }

  #note(content: DayBookContent): void {
    this.#dayBook.append(content);
    this.#dayBook.syncNow();
    this.#pending.apply(content);
  }

  /** Whatever stands in a manifest, or was superseded by what does, waits no longer. */
  #forget(written: ReadonlySet<string>): void {
    const rest = this.#pending.without((item) => written.has(hashOf(item)));
    const seals = newestPerFile(rest.seals);
    const deletions = rest.deletions.filter(({ body }) => {
      return isDirectory(this.#disk, join(this.#logs, body.directory));
    });
    const content = { ...rest, seals, deletions };
    this.#dayBook.replaceWith(content);
    this.#pending.apply(content);
  }

  *#currentTips(): Generator<readonly [string, Tip]> {
    const { name } = this.signer;
    for (const [directory, tip] of this.#manifestTips) yield [manifestChain(directory), tip];
    if (this.#dayBook.tip) yield [dayBookChain(name), this.#dayBook.tip];
    if (this.#deletions.tip) yield [deletionChain(name), this.#deletions.tip];
    yield [certificateChain(name), this.signer.certificates];
    for (const { signer, certificate, heads } of readChainTips(this.#disk, this.#data)) {
      if (signer === name) continue;
      if (certificate) yield [certificateChain(signer), certificate];
      if (heads) yield [headsChain(signer), heads];
    }
  }
}
