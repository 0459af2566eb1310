/** The proof that exported entries stood in sealed segments; FORMAT.md has its shape. */
import { join } from 'node:path';
import { seqOfLine } from '@mcplog/log-entry';
import {
  type Disk,
  listSegments,
  merklePath,
  nodeDisk,
  type OpenSegment,
  openSegment,
  readBlock,
  type SegmentName,
} from '@mcplog/log-store/check';
import Type, { type Static } from 'typebox';
import { SignedCertificate } from './certificate.ts';
import { readWholeFile } from './durable-file.ts';
import { isDirectory } from './manifest-files.ts';
import { publishedCertificates } from './publish-certificates.ts';
import { SignedSeal } from './seal.ts';
import { Hash, parseStatement } from './statement.ts';

export const PROOF_KIND = 'mcplog proof 1';

export const ProvenBlock = Type.Object({
  /** From 0. */
  number: Type.Integer({ minimum: 0 }),
  /** The gzip member as it is stored, base64. */
  member: Type.String(),
  /** Hashes from its leaf to the root, nearest first (RFC 6962). */
  path: Type.Array(Hash),
});
export const ProvenSegment = Type.Object({ seal: SignedSeal, blocks: Type.Array(ProvenBlock) });
export const EntryProof = Type.Object({
  kind: Type.Literal(PROOF_KIND),
  segments: Type.Array(ProvenSegment),
  /** Of the signers named in the seals, from the root on. */
  certificates: Type.Array(SignedCertificate),
  /** Seqs of entries that are in no sealed segment yet. */
  notSealed: Type.Array(Type.Integer()),
  /** Seqs that were left out because the proof would have become too long. */
  leftOut: Type.Array(Type.Integer()),
});
export type EntryProof = Static<typeof EntryProof>;

export interface ProveOptions {
  readonly logs: string;
  /** Steps below the log directory: `users/user_u1/mcp_i1`. */
  readonly directory: string;
  readonly seqs: Iterable<number>;
  /** Stored bytes of blocks that the proof may hold. */
  readonly bytesMax?: number;
  readonly disk?: Disk;
  readonly signal?: AbortSignal;
}

const BYTES_MAX = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * The JSON text of an {@link EntryProof}, piece by piece: a block is in memory at a time.
 * @throws Error of the file system, or the signal's reason
 */
export async function* proveEntries(options: ProveOptions): AsyncGenerator<string> {
  const { logs, directory, disk = nodeDisk, signal } = options;
  const state = new Proving(options);
  const path = join(logs, directory);
  yield `{"kind":${JSON.stringify(PROOF_KIND)},"segments":[`;
  const segments = isDirectory(disk, path) ? listSegments(disk, path) : [];
  for (const { name, hasPlain, hasSealed } of segments) {
    if (!hasSealed || hasPlain || state.isDone) continue;
    signal?.throwIfAborted();
    yield* state.segment(name);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  const certificates = state.signers().flatMap((signer) => readChain(disk, logs, signer));
  const rest = { certificates, notSealed: state.notSealed(), leftOut: state.leftOut };
  yield `],${JSON.stringify(rest).slice(1)}`;
}

class Proving {
  readonly leftOut: number[] = [];
  readonly #options: ProveOptions;
  readonly #wanted: Set<number>;
  readonly #sorted: Float64Array;
  readonly #signers = new Set<string>();
  #bytesLeft: number;
  #isFirst = true;

  constructor(options: ProveOptions) {
    this.#options = options;
    this.#sorted = Float64Array.from(options.seqs).sort();
    this.#wanted = new Set(this.#sorted);
    this.#bytesLeft = options.bytesMax ?? BYTES_MAX;
  }

  get isDone(): boolean {
    return this.#wanted.size === 0;
  }

  signers(): string[] {
    return [...this.#signers].sort();
  }

  notSealed(): number[] {
    return [...this.#wanted];
  }

  *segment(name: SegmentName): Generator<string> {
    const { logs, directory, disk = nodeDisk } = this.#options;
    const segment = openSegment(disk, join(logs, directory), name);
    if (segment === undefined) return;
    try {
      const seal = parseStatement(SignedSeal, segment.seal.toString());
      if (seal === undefined) return;
      const leaves = segment.rows.map(({ leaf }) => leaf);
      let isFirst = true;
      for (const [row, { number, firstSeq, lastSeq }] of segment.rows.entries()) {
        if (!this.#isAnyIn(firstSeq, lastSeq)) continue;
        const member = this.#memberOf(segment, row);
        if (member === undefined) continue;
        const path = merklePath(leaves, row).map((hash) => hash.toString('hex'));
        const block = JSON.stringify({ number, member: member.toString('base64'), path });
        yield isFirst ? `${this.#comma()}{"seal":${JSON.stringify(seal)},"blocks":[` : ',';
        yield block;
        isFirst = false;
      }
      if (isFirst) return;
      this.#signers.add(seal.body.signer);
      yield ']}';
    } finally {
      segment.close();
    }
  }

  #comma(): string {
    const comma = this.#isFirst ? '' : ',';
    this.#isFirst = false;
    return comma;
  }

  /** The stored block, when an entry that is wanted stands in it. */
  #memberOf(segment: OpenSegment, row: number): Buffer | undefined {
    const read = readBlock(segment, row);
    if (read.kind !== 'sound') return undefined;
    const found = [...seqsOf(read.plain)].filter((seq) => this.#wanted.has(seq));
    if (found.length === 0) return undefined;
    for (const seq of found) this.#wanted.delete(seq);
    if (read.member.length > this.#bytesLeft) {
      this.leftOut.push(...found);
      return undefined;
    }
    this.#bytesLeft -= read.member.length;
    return read.member;
  }

  #isAnyIn(firstSeq: number, lastSeq: number): boolean {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] ?? 0) < firstSeq) low = middle + 1;
      else high = middle;
    }
    return (this.#sorted[low] ?? Number.POSITIVE_INFINITY) <= lastSeq;
  }
}

function* seqsOf(plain: Buffer): Generator<number> {
  for (const line of linesOfBlock(plain)) {
    const seq = seqOfLine(line.toString());
    if (seq !== undefined) yield seq;
  }
}

/** Without their LF. */
export function* linesOfBlock(plain: Buffer): Generator<Buffer> {
  for (let start = 0; start < plain.length; ) {
    const end = plain.indexOf(NEWLINE, start);
    if (end < 0) return;
    yield plain.subarray(start, end);
    start = end + 1;
  }
}

/** The public certificates of a signer, by day. */
function readChain(disk: Disk, logs: string, signer: string): SignedCertificate[] {
  const folder = publishedCertificates(logs, signer);
  if (!isDirectory(disk, folder)) return [];
  return disk
    .readdir(folder)
    .sort()
    .flatMap((name) => {
      const text = readWholeFile(disk, join(folder, name))?.toString().trimEnd();
      const certificate = text && parseStatement(SignedCertificate, text);
      return certificate ? [certificate] : [];
    });
}
