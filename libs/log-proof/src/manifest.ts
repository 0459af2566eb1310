/** What one directory holds at the end of a day. */
import Type, { type Static } from 'typebox';
import { DAY_PATTERN } from './day.ts';
import { SignedDeletion } from './deletion.ts';
import { Directory, FileName, Log, SignedSeal } from './seal.ts';
import { BODY_BASE, Hash, signedSchema } from './statement.ts';

export const MANIFEST_KIND = 'mcplog manifest 1';

/** The first bytes of a file that is not sealed yet; it may have grown since. */
export const FileState = Type.Object(
  {
    /** `app.log`, or the name it was rotated to. */
    name: FileName,
    bytes: Type.Integer({ minimum: 1 }),
    sha256: Hash,
    /** Of the last line within these bytes, 0 when it says none. */
    lastSeq: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
);
export type FileState = Static<typeof FileState>;

/** How many seals a log has, and the hash of the last. */
export const SealTip = Type.Object(
  { log: Log, ordinal: Type.Integer({ minimum: 1 }), hash: Hash },
  { additionalProperties: false },
);
export type SealTip = Static<typeof SealTip>;

export const ManifestBody = Type.Object(
  {
    kind: Type.Literal(MANIFEST_KIND),
    ...BODY_BASE,
    directory: Directory,
    /** From 1; rises by one. */
    number: Type.Integer({ minimum: 1 }),
    /** The days it stands for, both included: more than one after days without the service. */
    from: Type.String({ pattern: DAY_PATTERN }),
    day: Type.String({ pattern: DAY_PATTERN }),
    /** Hash of the manifest before it; null for the first. */
    previous: Type.Union([Hash, Type.Null()]),
    /** Made since the manifest before, in the order of their making. */
    seals: Type.Array(SignedSeal),
    tips: Type.Array(SealTip),
    files: Type.Array(FileState),
    /** Authorised since the manifest before. */
    deletions: Type.Array(SignedDeletion),
  },
  { additionalProperties: false },
);
export type ManifestBody = Static<typeof ManifestBody>;

export const SignedManifest = signedSchema(ManifestBody);
export type SignedManifest = Static<typeof SignedManifest>;

const MANIFEST_FILE = /^manifest\.(\d{4}-\d{2}-\d{2})\.json$/;

export function manifestFile(day: string): string {
  return `manifest.${day}.json`;
}

/** The day in a manifest's file name; `undefined` for other names. */
export function dayOfManifestFile(name: string): string | undefined {
  return MANIFEST_FILE.exec(name)?.[1];
}
