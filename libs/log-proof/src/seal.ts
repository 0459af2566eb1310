/** What is said of one sealed segment; its text is the seal section of the segment's index. */
import Type, { type Static } from 'typebox';
import { BODY_BASE, Hash, signedSchema } from './statement.ts';

export const SEAL_KIND = 'mcplog seal 1';

const Count = Type.Integer({ minimum: 0 });

/** Steps below the log directory: `users/user_u1/mcp_i1` or `system`. */
export const Directory = Type.String({
  pattern:
    '^(system|users/user_[A-Za-z0-9][A-Za-z0-9_-]{0,63}/mcp_[A-Za-z0-9][A-Za-z0-9_-]{0,63})$',
});
/** A log's name, such as `app`. */
export const Log = Type.String({ pattern: '^[a-z0-9]{1,32}$' });

/** A file's name within its directory. */
export const FileName = Type.String({ pattern: '^[a-z0-9]{1,32}[.][A-Za-z0-9.-]{1,95}$' });

export const SealBody = Type.Object(
  {
    kind: Type.Literal(SEAL_KIND),
    ...BODY_BASE,
    directory: Directory,
    log: Log,
    /** The rotated file that was sealed, such as `app.log.2025-07-13`; the segment is `<file>.gz`. */
    file: FileName,
    /** The seals of one log are counted from 1. */
    ordinal: Type.Integer({ minimum: 1 }),
    /** Hash of the seal before it in the same log; null for the first. */
    previous: Type.Union([Hash, Type.Null()]),
    blocks: Count,
    storedBytes: Count,
    plainBytes: Count,
    lines: Count,
    damaged: Count,
    firstSeq: Count,
    lastSeq: Count,
    firstMs: Count,
    lastMs: Count,
    plainSha256: Hash,
    root: Hash,
    /** Of what the index says of the blocks. */
    indexSha256: Hash,
    /**
     * Set when the plain file was not one that the log-writer had signed: `unrecorded` when no head
     * spoke of it, `changed` when one said otherwise. It was sealed as it was found.
     */
    origin: Type.Optional(Type.Union([Type.Literal('unrecorded'), Type.Literal('changed')])),
  },
  { additionalProperties: false },
);
export type SealBody = Static<typeof SealBody>;

export const SignedSeal = signedSchema(SealBody);
export type SignedSeal = Static<typeof SignedSeal>;
