import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** A session token or ticket: 256 random bits, base64url, 43 characters. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Under what a token is stored: SHA-256, hex. A stolen store holds nothing to log in with. */
export function tokenKey(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
