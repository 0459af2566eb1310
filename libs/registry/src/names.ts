import { randomInt } from 'node:crypto';

/** Letters and digits that are not mistaken for one another. */
const ALPHABET = '23456789abcdefghjkmnpqrstvwxyz';
const SUFFIX_CHARS = 8;
const STEM_CHARS_MAX = 40;

/** The key of a username: names that differ only in case are one name. */
export function usernameKey(username: string): string {
  return Buffer.from(username.normalize('NFKC').toLowerCase()).toString('base64url');
}

/** A new id that starts like `stem` (made path-safe) and cannot be guessed or met twice. */
export function newId(stem: string): string {
  const safe = stem
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, STEM_CHARS_MAX);
  const trimmed = safe.replaceAll(/^-+|-+$/g, '');
  return trimmed === '' ? randomSuffix() : `${trimmed}-${randomSuffix()}`;
}

function randomSuffix(): string {
  return Array.from({ length: SUFFIX_CHARS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}
