/** Which key signed on which days: each day's key is certified by the one before it. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { DAY_PATTERN } from './day.ts';
import { BODY_BASE, Hash, sha256, signedSchema } from './statement.ts';

export const CERTIFICATE_KIND = 'mcplog certificate 1';

export const CertificateBody = Type.Object(
  {
    kind: Type.Literal(CERTIFICATE_KIND),
    ...BODY_BASE,
    /** From 1; rises by one with each key. */
    number: Type.Integer({ minimum: 1 }),
    /** The first day the key signs for; it goes on until the next key's day. */
    day: Type.String({ pattern: DAY_PATTERN }),
    /** 32 bytes, base64url. */
    publicKey: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
    /** Hash of the certificate before it; null for a root, which signs itself. */
    previous: Type.Union([Hash, Type.Null()]),
  },
  { additionalProperties: false },
);
export type CertificateBody = Static<typeof CertificateBody>;

export const SignedCertificate = signedSchema(CertificateBody);
export type SignedCertificate = Static<typeof SignedCertificate>;

/** The id of a public key. @param publicKey 32 bytes in base64url */
export function keyIdOf(publicKey: string): string {
  return sha256(Buffer.from(publicKey, 'base64url'));
}

/** @param publicKey 32 bytes in base64url */
export function publicKeyOf(publicKey: string): KeyObject {
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: publicKey } });
}

export function rawPublicKey(key: KeyObject): string {
  const { x } = key.export({ format: 'jwk' });
  if (x === undefined) throw new Error('no Ed25519 key');
  return x;
}

export function certificateFile(day: string): string {
  return `${day}.json`;
}
