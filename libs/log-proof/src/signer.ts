/**
 * The daily keys of one signing process. FORMAT.md describes the directory.
 *
 * Exactly one private key is of use at any time: that of the newest certificate. Every step of a
 * change of keys leaves a state that `openSigner` brings to an end.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { join } from 'node:path';
import { type Disk, nodeDisk } from '@mcplog/log-store/check';
import {
  CERTIFICATE_KIND,
  type CertificateBody,
  certificateFile,
  keyIdOf,
  rawPublicKey,
  SignedCertificate,
} from './certificate.ts';
import { dayAfter, dayOf } from './day.ts';
import { eraseFile, makeDirectory, readWholeFile, writeFileDurably } from './durable-file.ts';
import { hashOf, parseStatement, type Signed, signStatement, textOf } from './statement.ts';

const KEY_FILE = /^key\.(\d{4}-\d{2}-\d{2})(\.part)?$/;
const CERTIFICATE_FILE = /^\d{4}-\d{2}-\d{2}\.json$/;

export interface SignerOptions {
  /** The data directory; the signer's own is `integrity/<name>` below it. */
  readonly data: string;
  /** Lower-case letters, digits and hyphens: the role of the process. */
  readonly name: string;
  readonly disk?: Disk;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface SignerProblem {
  /** The newest certificate's private key is gone: a new root was made, which `verify` reports. */
  readonly kind: 'key-lost';
  readonly day: string;
}

/** Signs statements with the key of the day. One process at a time may have a directory open. */
export interface Signer {
  readonly name: string;
  readonly directory: string;
  /** The first day of the key in use. */
  readonly day: string;
  /** How many certificates there are, and the hash of the newest. */
  readonly certificates: { readonly number: number; readonly hash: string };
  /** SHA-256 of the first certificate's public key, hexadecimal. */
  readonly rootKey: string;
  readonly problems: readonly SignerProblem[];
  /** Milliseconds since 1970; never steps back below what was signed before. */
  now(): number;
  /** A signer that finds statements of its own tells their time, so that `now` keeps behind none. */
  noteTime(at: string): void;
  /** Adds kind, signer and time to the content and signs it. */
  sign<Content extends object>(kind: string, content: Content): Signed<Content & BodyHead>;
  /** Certifies a key for the day of `now()` and erases the private half of the old one. */
  changeKey(): void;
}

export interface BodyHead {
  readonly kind: string;
  readonly signer: string;
  readonly at: string;
}

interface CurrentKey {
  readonly id: string;
  readonly privateKey: KeyObject;
}

export function integrityDirectory(data: string, signer: string): string {
  return join(data, 'integrity', signer);
}

/** Opens or creates the signer's directory. @throws Error of the file system. */
export function openSigner(options: SignerOptions): Signer {
  return new DailySigner(options);
}

class DailySigner implements Signer {
  readonly name: string;
  readonly directory: string;
  readonly problems: SignerProblem[] = [];
  readonly #disk: Disk;
  readonly #clock: () => number;
  #key: CurrentKey;
  #newest: SignedCertificate;
  #root: SignedCertificate;
  #floorMs = 0;

  constructor({ data, name, disk = nodeDisk, now = Date.now }: SignerOptions) {
    if (!/^[a-z0-9-]{1,64}$/.test(name)) throw new RangeError(`no name of a signer: ${name}`);
    this.name = name;
    this.directory = integrityDirectory(data, name);
    this.#disk = disk;
    this.#clock = now;
    makeDirectory(disk, join(this.directory, 'certificates'));
    const certificates = readCertificates(disk, this.directory);
    const newest = certificates.at(-1);
    if (newest !== undefined) this.noteTime(newest.body.at);
    const key = newest && loadKey(disk, this.directory, newest);
    if (newest !== undefined && key !== undefined) {
      this.#newest = newest;
      this.#key = key;
    } else {
      if (newest !== undefined) this.problems.push({ kind: 'key-lost', day: newest.body.day });
      const made = this.#makeKey(newest, undefined);
      this.#newest = made.certificate;
      this.#key = made.key;
    }
    this.#root = certificates[0] ?? this.#newest;
    this.#eraseOldKeys();
  }

  get day(): string {
    return this.#newest.body.day;
  }

  get certificates() {
    return { number: this.#newest.body.number, hash: hashOf(this.#newest) };
  }

  get rootKey(): string {
    return keyIdOf(this.#root.body.publicKey);
  }

  now(): number {
    this.#floorMs = Math.max(this.#floorMs, this.#clock());
    return this.#floorMs;
  }

  noteTime(at: string): void {
    this.#floorMs = Math.max(this.#floorMs, Date.parse(at));
  }

  sign<Content extends object>(kind: string, content: Content): Signed<Content & BodyHead> {
    const at = new Date(this.now()).toISOString();
    return signStatement({ kind, signer: this.name, at, ...content }, this.#key);
  }

  changeKey(): void {
    if (dayOf(this.now()) <= this.day) return;
    const made = this.#makeKey(this.#newest, this.#key);
    this.#newest = made.certificate;
    this.#key = made.key;
    this.#eraseOldKeys();
  }

  /** The private key is on disk before its certificate: a certified key is never missing. */
  #makeKey(previous: SignedCertificate | undefined, certifier: CurrentKey | undefined) {
    const now = this.now();
    const day = this.#freeDay(dayOf(now));
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const raw = rawPublicKey(publicKey);
    const key = { id: keyIdOf(raw), privateKey };
    const exported = privateKey.export({ format: 'der', type: 'pkcs8' });
    writeFileDurably(this.#disk, join(this.directory, `key.${day}`), exported);
    exported.fill(0);
    const body: CertificateBody = {
      kind: CERTIFICATE_KIND,
      signer: this.name,
      at: new Date(now).toISOString(),
      number: (previous?.body.number ?? 0) + 1,
      day,
      publicKey: raw,
      previous: previous === undefined ? null : hashOf(previous),
    };
    const certificate = signStatement(body, certifier ?? key);
    const path = join(this.directory, 'certificates', certificateFile(day));
    writeFileDurably(this.#disk, path, Buffer.from(`${textOf(certificate)}\n`));
    return { key, certificate };
  }

  /** A key that replaces a lost one on the same day takes a later name: certificates are kept. */
  #freeDay(wanted: string): string {
    const folder = join(this.directory, 'certificates');
    let day = wanted;
    while (this.#disk.lstat(join(folder, certificateFile(day))) !== undefined) day = dayAfter(day);
    return day;
  }

  #eraseOldKeys(): void {
    const current = `key.${this.day}`;
    for (const name of this.#disk.readdir(this.directory)) {
      if (KEY_FILE.test(name) && name !== current)
        eraseFile(this.#disk, join(this.directory, name));
    }
  }
}

/** By day. Damaged ones are left out: `verify` names them, the signer goes on. */
function readCertificates(disk: Disk, directory: string): SignedCertificate[] {
  const folder = join(directory, 'certificates');
  const found: SignedCertificate[] = [];
  for (const name of disk.readdir(folder).sort()) {
    if (!CERTIFICATE_FILE.test(name)) continue;
    const text = readWholeFile(disk, join(folder, name))?.toString().trimEnd();
    const certificate = text && parseStatement(SignedCertificate, text);
    if (certificate) found.push(certificate);
  }
  return found;
}

/** The private key of a certificate; `undefined` when it is missing or another one. */
function loadKey(
  disk: Disk,
  directory: string,
  { body }: SignedCertificate,
): CurrentKey | undefined {
  const der = readWholeFile(disk, join(directory, `key.${body.day}`));
  if (der === undefined) return undefined;
  try {
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    if (rawPublicKey(createPublicKey(privateKey)) !== body.publicKey) return undefined;
    return { id: keyIdOf(body.publicKey), privateKey };
  } catch {
    return undefined;
  }
}
