/**
 * Stored passwords: `scrypt$<N>$<r>$<p>$<salt>$<hash>`, salt (16 bytes) and hash (32 bytes) in
 * base64url. N = 2^15, r = 8, p = 1 needs 32 MiB and about 0.1 s of CPU per try; the parameters
 * travel with the hash, so that they can rise later without ending old passwords.
 */
import { randomBytes, randomInt, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

const COST = 2 ** 15;
const BLOCK_SIZE = 8;
const PARALLEL = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** A stored text that asks for more than this is damaged or forged. */
const MEMORY_BYTES_MAX = 256 * 1024 * 1024;

/** No `0O1lI`: the first administrator reads it off a terminal. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const GENERATED_CHARS = 20;

interface StoredPassword {
  readonly options: ScryptOptions & { readonly N: number; readonly r: number; readonly p: number };
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/**
 * What to verify against when the user does not exist: costs the same and never matches, so that
 * the time of an answer does not tell which names exist.
 */
export const DUMMY_HASH = encode(
  { N: COST, r: BLOCK_SIZE, p: PARALLEL },
  randomBytes(SALT_BYTES),
  randomBytes(HASH_BYTES),
);

export async function hashPassword(text: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const options = { N: COST, r: BLOCK_SIZE, p: PARALLEL };
  return encode(options, salt, await derive(text, salt, options));
}

/** False for a wrong password and for a stored text that is no hash; compares in constant time. */
export async function verifyPassword(text: string, stored: string): Promise<boolean> {
  const parsed = parseStored(stored);
  if (parsed === undefined) {
    await verifyPassword(text, DUMMY_HASH);
    return false;
  }
  const hash = await derive(text, parsed.salt, parsed.options);
  return timingSafeEqual(hash, parsed.hash);
}

/** 20 characters, about 116 bits. */
export function generatePassword(): string {
  return Array.from({ length: GENERATED_CHARS }, () => ALPHABET[randomInt(ALPHABET.length)]).join(
    '',
  );
}

function encode({ N, r, p }: ScryptOptions, salt: Buffer, hash: Buffer): string {
  return `scrypt$${N}$${r}$${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}

function parseStored(stored: string): StoredPassword | undefined {
  const match = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([\w-]{22})\$([\w-]{43})$/.exec(stored);
  if (!match) return undefined;
  const [N, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const powerOfTwo = N > 1 && Number.isInteger(Math.log2(N));
  if (!powerOfTwo || r < 1 || p < 1 || p > 16 || 128 * N * r > MEMORY_BYTES_MAX) return undefined;
  return {
    options: { N, r, p },
    salt: Buffer.from(match[4] ?? '', 'base64url'),
    hash: Buffer.from(match[5] ?? '', 'base64url'),
  };
}

/** NFKC first: the same password typed on another keyboard may arrive composed differently. */
function derive(text: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  const limits = { ...options, maxmem: 2 * MEMORY_BYTES_MAX };
  return new Promise((resolve, reject) => {
    scrypt(text.normalize('NFKC'), salt, HASH_BYTES, limits, (error, hash) =>
      error ? reject(error) : resolve(hash),
    );
  });
}
