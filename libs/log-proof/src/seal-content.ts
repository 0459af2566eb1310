/** From what sealing found out to what is signed of it. */

import { plainFileOf, type SealFacts } from '@mcplog/log-store/check';
import type { SealBody, SignedSeal } from './seal.ts';

export type SealContent = Omit<
  SealBody,
  'kind' | 'signer' | 'at' | 'ordinal' | 'previous' | 'origin'
>;

export function sealContent(directory: string, facts: SealFacts): SealContent {
  const { name, blocks, storedBytes, plainBytes, lines, damaged } = facts;
  const { firstSeq, lastSeq, firstMs, lastMs } = facts;
  return {
    directory,
    log: name.log,
    file: plainFileOf(name),
    blocks,
    storedBytes,
    plainBytes,
    lines,
    damaged,
    firstSeq,
    lastSeq,
    firstMs,
    lastMs,
    plainSha256: Buffer.from(facts.plainSha256).toString('hex'),
    root: Buffer.from(facts.root).toString('hex'),
    indexSha256: Buffer.from(facts.indexSha256).toString('hex'),
  };
}

/** True when the seal says exactly this of the segment, wherever its text came from. */
export function saysSame({ body }: SignedSeal, content: SealContent): boolean {
  const { kind, signer, at, ordinal, previous, origin, ...said } = body;
  return JSON.stringify(said) === JSON.stringify(content);
}
