/** What may be missing: retention and erasure say so here before they delete anything. */
import Type, { type Static } from 'typebox';
import { Directory, FileName } from './seal.ts';
import { BODY_BASE, Hash, sha256, signedSchema } from './statement.ts';

export const DELETION_KIND = 'mcplog deletion 1';

export const DeletedFile = Type.Object(
  {
    /** Such as `app.log.2025-07-13.gz` or `app.log`. */
    name: FileName,
    /** Hash of its seal; null for a file that was never sealed, or whose seal could not be read. */
    seal: Type.Union([Hash, Type.Null()]),
  },
  { additionalProperties: false },
);
export type DeletedFile = Static<typeof DeletedFile>;

/**
 * A sealed file as a deletion names it.
 * @param seal the seal section of its index; empty when there is no sound one: the name must do then
 */
export function deletedFile(name: string, seal: Uint8Array): DeletedFile {
  return { name, seal: seal.length === 0 ? null : sha256(seal) };
}

export const DeletionBody = Type.Object(
  {
    kind: Type.Literal(DELETION_KIND),
    ...BODY_BASE,
    directory: Directory,
    reason: Type.Union([
      Type.Literal('retention'),
      Type.Literal('erasure'),
      Type.Literal('request'),
    ]),
    /** Who asked for it: a user id, or the name of a rule. */
    by: Type.String({ minLength: 1, maxLength: 128 }),
    /** The whole directory goes, with its manifests. */
    isWhole: Type.Boolean(),
    files: Type.Array(DeletedFile),
  },
  { additionalProperties: false },
);
export type DeletionBody = Static<typeof DeletionBody>;

export const SignedDeletion = signedSchema(DeletionBody);
export type SignedDeletion = Static<typeof SignedDeletion>;
