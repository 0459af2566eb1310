/**
 * Signed statements: one line of JSON, `{"body":{…},"key":"…","signature":"…"}`.
 *
 * The signature is Ed25519 over the UTF-8 bytes of the body as it stands in the line. Only the text
 * that `JSON.stringify` makes of the parsed value is accepted, so one statement has one text. The
 * first member of every body is its `kind`, which keeps a signature from being used for another.
 */
import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import Type, { type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';

export const HASH_PATTERN = '^[0-9a-f]{64}$';

export const Hash = Type.String({ pattern: HASH_PATTERN });
/** A moment: ISO 8601, UTC, milliseconds. */
export const Moment = Type.String({
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$',
});

export const BODY_BASE = {
  /** Which signer of the installation says so; its keys lie in a directory of that name. */
  signer: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
  at: Moment,
} as const;

export interface StatementBody {
  readonly kind: string;
  readonly signer: string;
  readonly at: string;
}

export interface Signed<Body extends StatementBody> {
  readonly body: Body;
  /** SHA-256 of the public key's 32 bytes, hexadecimal. */
  readonly key: string;
  /** base64url */
  readonly signature: string;
}

/** The shape of a signed statement. Members stand in this order. */
export function signedSchema<Body extends TSchema>(body: Body) {
  return Type.Object(
    { body, key: Hash, signature: Type.String({ pattern: '^[A-Za-z0-9_-]{86}$' }) },
    { additionalProperties: false },
  );
}

export function signStatement<Body extends StatementBody>(
  body: Body,
  key: { readonly id: string; readonly privateKey: KeyObject },
): Signed<Body> {
  const signature = sign(null, bytesOf(body), key.privateKey).toString('base64url');
  return { body, key: key.id, signature };
}

export function isSignedBy(statement: Signed<StatementBody>, publicKey: KeyObject): boolean {
  const signature = Buffer.from(statement.signature, 'base64url');
  // The last letter has four bits to spare: the same signature could be written in other ways.
  if (signature.toString('base64url') !== statement.signature) return false;
  return verify(null, bytesOf(statement.body), publicKey, signature);
}

/** The statement's line without its LF. */
export function textOf(statement: Signed<StatementBody>): string {
  const { body, key, signature } = statement;
  return JSON.stringify({ body, key, signature });
}

/** What later statements name this one by: SHA-256 of its text, hexadecimal. */
export function hashOf(statement: Signed<StatementBody>): string {
  return sha256(textOf(statement));
}

/** `undefined` when the text is not, byte for byte, a statement of that shape. */
export function parseStatement<Schema extends TSchema>(
  schema: Schema,
  text: string,
): Static<Schema> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text && Value.Check(schema, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function bytesOf(body: StatementBody): Buffer {
  return Buffer.from(JSON.stringify(body));
}
