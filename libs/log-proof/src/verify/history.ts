/** What the data directory says should be there: keys, checkpoints, journals, heads. */
import { join } from 'node:path';
import type { Disk } from '@mcplog/log-store/check';
import type { Static, TSchema } from 'typebox';
import {
  type Anchor,
  CHECKPOINT_FILE,
  ChainTips,
  certificateChain,
  dayBookChain,
  deletionChain,
  headsChain,
  SignedCheckpoint,
} from '../checkpoint.ts';
import {
  DAY_BOOK_FILE,
  DELETIONS_FILE,
  Pending,
  SignedDayBookRecord,
  SignedDeletionsRecord,
} from '../day-book.ts';
import type { SignedDeletion } from '../deletion.ts';
import { readWholeFile } from '../durable-file.ts';
import { applyHeads, HEADS_FILE, type SignedHead, SignedHeads } from '../heads.ts';
import { linesOf } from '../journal.ts';
import { listSigners } from '../signer-tips.ts';
import { parseStatement } from '../statement.ts';
import type { Counts, Finding } from './finding.ts';
import { KeyRing } from './key-ring.ts';
import { missingBehind } from './newest-certificate.ts';
import { type JournalToRead, type ReadJournal, readJournal } from './read-journal.ts';

export interface History {
  readonly ring: KeyRing;
  readonly findings: readonly Finding[];
  /** True when there is no signer at all: nothing can be proven. */
  readonly isLost: boolean;
  /** How far each chain had come at the last checkpoint. */
  readonly tips: ChainTips;
  readonly checkpoints: ReadonlyMap<number, string>;
  readonly lastCheckpoint: Anchor | undefined;
  readonly pending: Pending;
  readonly deletions: readonly SignedDeletion[];
  readonly heads: readonly SignedHead[];
  /** Changes with every record, so that a verification can tell whether the store went on. */
  readonly version: string;
}

export interface HistoryPlace {
  readonly disk: Disk;
  readonly data: string;
  readonly acceptedRoots: readonly string[];
}

export function readHistory(place: HistoryPlace, counts: Counts): History {
  return new HistoryReader(place).read(counts);
}

class HistoryReader {
  readonly #disk: Disk;
  readonly #data: string;
  readonly #ring: KeyRing;
  readonly #findings: Finding[] = [];
  readonly #tips = new ChainTips();
  readonly #pending = new Pending();
  readonly #deletions: SignedDeletion[] = [];
  readonly #heads: SignedHead[] = [];
  readonly #checkpoints = new Map<number, string>();
  readonly #version: (number | undefined)[] = [];
  #lastCheckpoint: Anchor | undefined;
  #unchecked = 0;
  #unfinished = 0;

  constructor({ disk, data, acceptedRoots }: HistoryPlace) {
    this.#disk = disk;
    this.#data = data;
    this.#ring = new KeyRing(acceptedRoots);
  }

  read(counts: Counts): History {
    const signers = listSigners(this.#disk, this.#data);
    for (const signer of signers) this.#readCertificates(signer);
    for (const signer of signers) this.#readCheckpoints(signer);
    for (const signer of signers) this.#readJournals(signer);
    const isLost = signers.length === 0;
    if (isLost) {
      const message = 'no keys and no checkpoints: no signature can be checked';
      this.#findings.push({ kind: 'proof-lost', file: 'integrity', message });
    }
    this.#checkMissingSigners(signers);
    counts.checkpoints = this.#checkpoints.size;
    counts.uncheckedSignatures += this.#unchecked;
    counts.unfinishedRecords = this.#unfinished;
    counts.certificates = signers.reduce(
      (total, signer) => total + (this.#ring.certificates.get(signer)?.length ?? 0),
      0,
    );
    return {
      ring: this.#ring,
      findings: [...this.#ring.findings, ...this.#findings],
      isLost,
      tips: this.#tips,
      checkpoints: this.#checkpoints,
      lastCheckpoint: this.#lastCheckpoint,
      pending: this.#pending,
      deletions: this.#deletions,
      heads: this.#heads,
      version: this.#version.join(),
    };
  }

  /** Before any signature is checked, so that one missing certificate is one finding. */
  #readCertificates(signer: string): void {
    this.#ring.add(this.#disk, this.#data, signer);
    const newest = this.#ring.certificates.get(signer)?.at(-1);
    if (newest === undefined || this.#ring.isIncomplete(signer)) return;
    const { number, day } = newest.body;
    const named = this.#namedCertificates(signer);
    if (number < named) {
      this.#ring.reportMissing(signer, `certificates ${number + 1} to ${named} are missing`);
      return;
    }
    const file = missingBehind(this.#disk, this.#data, { signer, day });
    if (file !== undefined) {
      this.#ring.reportMissing(signer, 'missing; the key that signs now was certified by it', file);
    }
  }

  /** The highest number of a certificate that any checkpoint names, sound or not. */
  #namedCertificates(signer: string): number {
    let highest = 0;
    for (const keeper of listSigners(this.#disk, this.#data)) {
      const path = join(this.#data, 'integrity', keeper, CHECKPOINT_FILE);
      for (const text of linesOf(readWholeFile(this.#disk, path))) {
        if (!text.includes(certificateChain(signer))) continue;
        for (const [chain, number] of parseStatement(SignedCheckpoint, text)?.body.changed ?? []) {
          if (chain === certificateChain(signer)) highest = Math.max(highest, number);
        }
      }
    }
    return highest;
  }

  #readCheckpoints(signer: string): void {
    const read = this.#readFile(signer, CHECKPOINT_FILE, {
      schema: SignedCheckpoint,
      kind: 'checkpoint',
      isCompacted: false,
    });
    let isComplete = read.findings.length === 0;
    for (const [at, { body }] of read.records.entries()) {
      const { changed, number, root, size } = body;
      this.#tips.update(changed.map(([chain, end, hash]) => [chain, { number: end, hash }]));
      // What changed is signed with each of them: the whole sum once a day is enough.
      const next = read.records[at + 1];
      const isChecked = isComplete && next?.body.at.slice(0, 10) !== body.at.slice(0, 10);
      if (!isChecked || (this.#tips.size === size && this.#tips.root() === root)) continue;
      isComplete = false;
      const file = `integrity/${signer}/${CHECKPOINT_FILE}`;
      const message = `checkpoint ${number} does not add up to its Merkle root`;
      this.#findings.push({ kind: 'checkpoint-damaged', file, message });
    }
    for (const [number, hash] of read.hashes) this.#checkpoints.set(number, hash);
    if (read.tip !== undefined) this.#lastCheckpoint = read.tip;
  }

  #readJournals(signer: string): void {
    const common = { kind: 'journal', isCompacted: true } as const;
    const book = this.#readFile(signer, DAY_BOOK_FILE, { ...common, schema: SignedDayBookRecord });
    for (const { body } of book.records) this.#pending.apply(body);
    this.#checkTip(signer, DAY_BOOK_FILE, { read: book, chain: dayBookChain(signer) });
    const deletions = this.#readFile(signer, DELETIONS_FILE, {
      ...common,
      isCompacted: false,
      schema: SignedDeletionsRecord,
    });
    this.#deletions.push(...deletions.records.map(({ body }) => body.deletion));
    this.#checkTip(signer, DELETIONS_FILE, { read: deletions, chain: deletionChain(signer) });
    const heads = this.#readFile(signer, HEADS_FILE, { ...common, schema: SignedHeads });
    const standing = new Map<string, SignedHead>();
    for (const { body } of heads.records) applyHeads(standing, body);
    this.#heads.push(...standing.values());
    this.#checkTip(signer, HEADS_FILE, { read: heads, chain: headsChain(signer) });
  }

  #readFile<Schema extends TSchema>(
    signer: string,
    name: string,
    options: Pick<JournalToRead<Schema>, 'schema' | 'kind' | 'isCompacted'>,
  ): ReadJournal<Static<Schema>> {
    const read = readJournal({
      ...options,
      disk: this.#disk,
      path: join(this.#data, 'integrity', signer, name),
      file: `integrity/${signer}/${name}`,
      signer,
      ring: this.#ring,
    });
    this.#findings.push(...read.findings);
    this.#unchecked += read.uncheckedSignatures;
    if (read.isUnfinished) this.#unfinished++;
    this.#version.push(read.tip?.number);
    return read;
  }

  /** A journal that ends before what a checkpoint names was cut or put back to an older state. */
  #checkTip(
    signer: string,
    name: string,
    { read, chain }: { readonly read: ReadJournal<unknown>; readonly chain: string },
  ): void {
    const named = this.#tips.get(chain);
    if (named === undefined) return;
    const file = `integrity/${signer}/${name}`;
    const number = read.tip?.number ?? 0;
    const hash = read.hashes.get(named.number);
    if (read.findings.some(({ kind }) => kind !== 'journal-forged')) return;
    if (number < named.number) {
      const message = `ends with record ${number}; a checkpoint names record ${named.number}`;
      this.#findings.push({ kind: 'journal-missing', file, message });
    } else if (hash !== undefined && hash !== named.hash) {
      const message = `record ${named.number} is not the one that a checkpoint names`;
      this.#findings.push({ kind: 'journal-damaged', file, message });
    }
  }

  /** Signers that a checkpoint names and that have no directory any more. */
  #checkMissingSigners(signers: readonly string[]): void {
    for (const [chain] of this.#tips.entries()) {
      const signer = chain.startsWith('certificates ') ? chain.slice('certificates '.length) : '';
      if (signer === '' || signers.includes(signer)) continue;
      const message = 'the directory of a signer is missing: keys, heads and journals are lost';
      this.#findings.push({ kind: 'journal-missing', file: `integrity/${signer}`, message });
    }
  }
}
