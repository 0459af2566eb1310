/** What verification can find. docs/integrity.md says of each kind what to do. */
export const FINDING_KINDS = [
  // Sealed segments
  'block-damaged',
  'block-missing',
  'block-moved',
  'bytes-foreign',
  'segment-missing',
  'segment-misplaced',
  'segment-replaced',
  'segment-forged',
  'segment-unrecorded',
  'index-missing',
  'index-damaged',
  // Files that are not sealed
  'file-missing',
  'file-cut',
  'file-changed',
  'file-unrecorded',
  'file-unknown',
  // Manifests
  'manifest-missing',
  'manifest-damaged',
  'manifest-forged',
  'instance-missing',
  'proof-lost',
  // Keys, checkpoints and journals of the data directory
  'certificate-missing',
  'certificate-damaged',
  'key-lost',
  'checkpoint-missing',
  'checkpoint-damaged',
  'checkpoint-forged',
  'journal-missing',
  'journal-damaged',
  'journal-forged',
  'anchor-missing',
  'unreadable',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** One thing that is not as it was signed. */
export interface Finding {
  readonly kind: FindingKind;
  /** Below the log directory, or `integrity/…` below the data directory. */
  readonly file: string;
  /** From 0. */
  readonly block?: number;
  readonly firstSeq?: number;
  readonly lastSeq?: number;
  /** One line for people. */
  readonly message: string;
}

/** What was looked at. */
export interface Counts {
  directories: number;
  segments: number;
  blocks: number;
  /** Bytes of segments as they are stored. */
  storedBytes: number;
  seals: number;
  manifests: number;
  checkpoints: number;
  certificates: number;
  /** Files not sealed yet that are as long and as signed as a head or manifest says, or longer. */
  files: number;
  fileBytes: number;
  /** Bytes behind the last signed head: nothing can be said of them yet. */
  unsignedBytes: number;
  /** Segments and files that are missing because their deletion was authorised. */
  deletions: number;
  /** Signatures that could not be checked because a certificate is missing or damaged. */
  uncheckedSignatures: number;
  /** Journals that end within a record: a power cut leaves that, and a record that is being written. */
  unfinishedRecords: number;
  findings: number;
}

export function noCounts(): Counts {
  return {
    directories: 0,
    segments: 0,
    blocks: 0,
    storedBytes: 0,
    seals: 0,
    manifests: 0,
    checkpoints: 0,
    certificates: 0,
    files: 0,
    fileBytes: 0,
    unsignedBytes: 0,
    deletions: 0,
    uncheckedSignatures: 0,
    unfinishedRecords: 0,
    findings: 0,
  };
}
