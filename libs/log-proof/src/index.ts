export { type CheckedProof, checkProof } from './check-proof.ts';
export {
  type Anchor,
  formatAnchor,
  parseAnchor,
} from './checkpoint.ts';
export { type DeletedFile, deletedFile } from './deletion.ts';
export { type EntryProof, type ProveOptions, proveEntries } from './entry-proof.ts';
export {
  HeadJournal,
  type HeadJournalOptions,
  headOf,
  type SignedHead,
  type WrittenHead,
} from './heads.ts';
export {
  type ClosedDay,
  type DeletionRequest,
  openProofKeeper,
  ProofKeeper,
  type ProofKeeperOptions,
} from './proof-keeper.ts';
export { openSigner, type Signer, type SignerOptions, type SignerProblem } from './signer.ts';
export { type SignerSlot, takeSignerSlot } from './signer-slot.ts';
export { readAnchor } from './signer-tips.ts';
export { type Counts, FINDING_KINDS, type Finding, type FindingKind } from './verify/finding.ts';
export { ANCHOR_EVENT, ANCHOR_MEMBER } from './verify/logged-anchors.ts';
export {
  type Verification,
  type VerifyOptions,
  type VerifyProgress,
  type VerifySummary,
  verifyStore,
} from './verify/verify-store.ts';
