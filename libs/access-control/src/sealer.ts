/**
 * Sealed secrets, text: `s1.<key id>.<nonce>.<box>`, all base64url.
 *
 * | part   | bytes | meaning |
 * |--------|-------|---------|
 * | key id | 6     | first bytes of SHA-256 of the master key, to name a wrong key as such |
 * | nonce  | 12    | random |
 * | box    | n+16  | AES-256-GCM ciphertext, then the tag |
 *
 * The additional data is `s1.<context>`: a text sealed for one instance opens for no other.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const VERSION = 's1';
const KEY_BYTES = 32;
const KEY_ID_BYTES = 6;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEALED_FORM = /^s1\.([\w-]{8})\.([\w-]{16})\.([\w-]{22,})$/;

export type SealProblem = 'malformed' | 'other-key' | 'not-authentic';

/** A sealed text that does not open. The message names neither the key nor the secret. */
export class SealError extends Error {
  readonly problem: SealProblem;

  constructor(problem: SealProblem, message: string) {
    super(message);
    this.name = 'SealError';
    this.problem = problem;
  }
}

export interface Sealer {
  /** Seals for a context, such as the instance id. Every call gives another text. */
  seal(plain: string, context: string): string;
  /** @throws SealError when the text is damaged, moved from another context, or of another key. */
  open(sealed: string, context: string): string;
}

/** @param masterKey 32 bytes. */
export function createSealer(masterKey: Buffer): Sealer {
  if (masterKey.length !== KEY_BYTES) {
    throw new RangeError(`a master key has ${KEY_BYTES} bytes, not ${masterKey.length}`);
  }
  const key = Buffer.from(masterKey);
  const keyId = createHash('sha256').update(key).digest().subarray(0, KEY_ID_BYTES);
  const keyIdText = keyId.toString('base64url');
  return {
    seal: (plain, context) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additionalData(context));
      const box = [cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()];
      const text = [nonce, Buffer.concat(box)].map((part) => part.toString('base64url'));
      return [VERSION, keyIdText, ...text].join('.');
    },
    open: (sealed, context) => {
      const [, sealedKeyId, nonce, box] = SEALED_FORM.exec(sealed) ?? [];
      if (!nonce || !box) throw new SealError('malformed', 'not a sealed secret');
      if (sealedKeyId !== keyIdText) {
        throw new SealError('other-key', 'sealed with another master key; restore that key file');
      }
      const aad = additionalData(context);
      return openBox(key, aad, { nonce: decode(nonce), box: decode(box) });
    },
  };
}

function openBox(key: Buffer, aad: Buffer, sealed: { nonce: Buffer; box: Buffer }): string {
  const { nonce, box } = sealed;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad).setAuthTag(box.subarray(-TAG_BYTES));
  try {
    const plain = decipher.update(box.subarray(0, -TAG_BYTES));
    return Buffer.concat([plain, decipher.final()]).toString('utf8');
  } catch {
    throw new SealError('not-authentic', 'damaged, or sealed for another context');
  }
}

function additionalData(context: string): Buffer {
  return Buffer.from(`${VERSION}.${context}`);
}

function decode(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}
