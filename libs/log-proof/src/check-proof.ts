/** Checks an {@link EntryProof} by itself: no store, no service. */
import { gunzipSync } from 'node:zlib';
import { seqOfLine } from '@mcplog/log-entry';
import { leafHash, rootOfPath } from '@mcplog/log-store/check';
import { Value } from 'typebox/value';
import type { SignedCertificate } from './certificate.ts';
import { EntryProof, linesOfBlock } from './entry-proof.ts';
import { KeyRing } from './verify/key-ring.ts';

export interface CheckedProof {
  /** What is wrong; one line each. */
  readonly problems: readonly string[];
  /** Proven lines by seq, without LF, as they are stored. */
  readonly lines: ReadonlyMap<number, Buffer>;
  /** SHA-256 of each signer's first public key: compare it with what you know of the signer. */
  readonly roots: Readonly<Record<string, string>>;
  readonly notSealed: readonly number[];
  readonly leftOut: readonly number[];
}

/** A block is 32 MiB at most. */
const PLAIN_BYTES_MAX = 33 * 1024 * 1024;

/** @throws Error when the text is no proof at all */
export function checkProof(text: string): CheckedProof {
  const proof: unknown = JSON.parse(text);
  if (!Value.Check(EntryProof, proof)) throw new Error('this is no proof of mcplog');
  const problems: string[] = [];
  const lines = new Map<number, Buffer>();
  const ring = ringOf(proof.certificates);
  problems.push(...ring.findings.map(({ file, message }) => `${file}: ${message}`));
  for (const segment of proof.segments) {
    const { body } = segment.seal;
    const name = `${body.directory}/${body.file}.gz`;
    const verdict = ring.check(segment.seal);
    if (verdict !== 'good') {
      problems.push(`${name}: ${SEAL_PROBLEM[verdict]}`);
      continue;
    }
    for (const block of segment.blocks) {
      const problem = takeBlock(lines, segment, block);
      if (problem !== undefined) problems.push(`${name}, block ${block.number}: ${problem}`);
    }
  }
  const { notSealed, leftOut } = proof;
  return { problems, lines, roots: rootsOf(ring), notSealed, leftOut };
}

const SEAL_PROBLEM = {
  bad: 'the seal is not what was signed',
  forged: 'the seal is signed by a key that was not in use at its time',
  unknown: 'there is no certificate of the key that signed the seal',
} as const;

type Segment = EntryProof['segments'][number];

function takeBlock(
  lines: Map<number, Buffer>,
  { seal }: Segment,
  { number: index, member, path }: Segment['blocks'][number],
): string | undefined {
  const bytes = Buffer.from(member, 'base64');
  const steps = path.map((hash) => Buffer.from(hash, 'hex'));
  const size = seal.body.blocks;
  const root = rootOfPath(leafHash(bytes), { index, size, path: steps });
  if (root?.toString('hex') !== seal.body.root) return 'does not lead to the root that was sealed';
  try {
    const plain = gunzipSync(bytes, { maxOutputLength: PLAIN_BYTES_MAX });
    for (const line of linesOfBlock(plain)) {
      const seq = seqOfLine(line.toString());
      if (seq !== undefined) lines.set(seq, line);
    }
    return undefined;
  } catch {
    return 'cannot be unpacked';
  }
}

function ringOf(certificates: readonly SignedCertificate[]): KeyRing {
  const ring = new KeyRing();
  const bySigner = Map.groupBy(certificates, ({ body }) => body.signer);
  for (const [signer, chain] of bySigner) {
    const place = `certificates of ${signer}`;
    ring.addChain(
      signer,
      chain.map((certificate) => ({ file: place, certificate })),
    );
  }
  return ring;
}

function rootsOf(ring: KeyRing): Record<string, string> {
  const roots: Record<string, string> = {};
  for (const signer of ring.certificates.keys()) {
    const root = ring.rootOf(signer);
    if (root !== undefined) roots[signer] = root;
  }
  return roots;
}
