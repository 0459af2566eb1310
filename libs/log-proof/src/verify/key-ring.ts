/** Every key of every signer, and which statements it can have signed. */
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { Disk } from '@mcplog/log-store/check';
import { keyIdOf, publicKeyOf, SignedCertificate } from '../certificate.ts';
import { readWholeFile } from '../durable-file.ts';
import { isDirectory } from '../manifest-files.ts';
import {
  hashOf,
  isSignedBy,
  parseStatement,
  type Signed,
  type StatementBody,
} from '../statement.ts';
import type { Finding } from './finding.ts';

/**
 * - `good`
 * - `bad`: not what was signed
 * - `forged`: well signed, by a key that was not in use at the time it names
 * - `unknown`: there is no certificate of that key
 */
export type SignatureVerdict = 'good' | 'bad' | 'forged' | 'unknown';

interface KnownKey {
  readonly signer: string;
  readonly publicKey: KeyObject;
  readonly day: string;
  readonly at: string;
  /** When the next key took over. */
  until?: string;
}

export class KeyRing {
  readonly findings: Finding[] = [];
  readonly #acceptedRoots: ReadonlySet<string>;
  readonly certificates = new Map<string, SignedCertificate[]>();
  readonly #keys = new Map<string, KnownKey>();
  /** Signers some of whose certificates are missing or damaged. */
  readonly #incomplete = new Set<string>();

  /** @param acceptedRoots fingerprints of new roots of which the operator knows why they began */
  constructor(acceptedRoots: Iterable<string> = []) {
    this.#acceptedRoots = new Set(acceptedRoots);
  }

  /** Reads and checks the certificates of one signer. */
  add(disk: Disk, data: string, signer: string): void {
    const folder = join(data, 'integrity', signer, 'certificates');
    const place = `integrity/${signer}/certificates`;
    const names = isDirectory(disk, folder) ? disk.readdir(folder).sort() : [];
    const read = names
      .filter((name) => !name.endsWith('.part'))
      .map((name) => {
        const text = readWholeFile(disk, join(folder, name))?.toString();
        const certificate = text?.endsWith('\n')
          ? parseStatement(SignedCertificate, text.slice(0, -1))
          : undefined;
        const isNamed = certificate !== undefined && `${certificate.body.day}.json` === name;
        return { file: `${place}/${name}`, certificate: isNamed ? certificate : undefined };
      });
    if (read.length === 0) {
      this.#report(signer, { kind: 'certificate-missing', file: place }, 'there is no certificate');
    }
    this.addChain(signer, read);
  }

  /** @param read the signer's certificates by day; `undefined` for what is none */
  addChain(
    signer: string,
    read: readonly {
      readonly file: string;
      readonly certificate: SignedCertificate | undefined;
    }[],
  ): void {
    const chain: SignedCertificate[] = [];
    for (const { file, certificate } of read) {
      const problem =
        certificate === undefined
          ? 'is not the certificate it should be'
          : this.#problemOf(certificate, signer, chain.at(-1));
      if (problem !== undefined) {
        this.#report(signer, { kind: 'certificate-damaged', file }, problem);
      } else if (certificate !== undefined) this.#take(certificate, chain, file);
    }
    this.certificates.set(signer, chain);
  }

  /** @param day when given, the key must have been made on or before this day */
  check(statement: Signed<StatementBody>, day?: string): SignatureVerdict {
    const key = this.#keys.get(statement.key);
    if (key === undefined || key.signer !== statement.body.signer) return 'unknown';
    if (!isSignedBy(statement, key.publicKey)) return 'bad';
    const { at } = statement.body;
    const isInTime = key.at <= at && (key.until === undefined || at <= key.until);
    return isInTime && (day === undefined || key.day <= day) ? 'good' : 'forged';
  }

  /** True when an unknown key may be one whose certificate is missing or damaged. */
  isIncomplete(signer: string): boolean {
    return this.#incomplete.has(signer) || !this.certificates.has(signer);
  }

  /** Of the first certificate's key, hexadecimal; `undefined` when it is not there. */
  rootOf(signer: string): string | undefined {
    const [first] = this.certificates.get(signer) ?? [];
    return first?.body.number === 1 ? keyIdOf(first.body.publicKey) : undefined;
  }

  /**
   * Whatever the missing certificates would have proven is counted as unchecked from now on.
   * @param name of the one that is missing, when it is known
   */
  reportMissing(signer: string, message: string, name?: string): void {
    const folder = `integrity/${signer}/certificates`;
    const file = name === undefined ? folder : `${folder}/${name}`;
    this.#report(signer, { kind: 'certificate-missing', file }, message);
  }

  #problemOf(
    certificate: SignedCertificate,
    signer: string,
    before: SignedCertificate | undefined,
  ): string | undefined {
    const { body } = certificate;
    if (body.signer !== signer) return `says that it is of ${body.signer}`;
    const ownKey = keyIdOf(body.publicKey);
    const isRoot = certificate.key === ownKey;
    const certifier = isRoot
      ? publicKeyOf(body.publicKey)
      : this.#keys.get(certificate.key)?.publicKey;
    if (certifier !== undefined && !isSignedBy(certificate, certifier))
      return 'is not what was signed';
    if (before === undefined || this.#incomplete.has(signer)) return undefined;
    const isNext = body.number === before.body.number + 1;
    if (!isNext) return undefined;
    if (body.previous !== hashOf(before)) return 'does not follow the certificate before it';
    if (!isRoot && certificate.key !== keyIdOf(before.body.publicKey)) {
      return 'is not signed by the key before it';
    }
    return undefined;
  }

  #take(certificate: SignedCertificate, chain: SignedCertificate[], file: string): void {
    const { body } = certificate;
    const before = chain.at(-1);
    const expected = (before?.body.number ?? 0) + 1;
    if (body.number !== expected && !this.#incomplete.has(body.signer)) {
      const words = `certificates ${expected} to ${body.number - 1} are missing before it`;
      this.#report(body.signer, { kind: 'certificate-missing', file }, words);
    }
    const id = keyIdOf(body.publicKey);
    const isNewRoot = body.previous !== null && certificate.key === id;
    if (isNewRoot && !this.#acceptedRoots.has(id)) {
      const message = `a new root, ${id}: the key before was lost, nothing signed links the two`;
      this.findings.push({ kind: 'key-lost', file, message });
    }
    const earlier = before && this.#keys.get(keyIdOf(before.body.publicKey));
    if (earlier !== undefined) earlier.until = body.at;
    const publicKey = publicKeyOf(body.publicKey);
    this.#keys.set(id, { signer: body.signer, publicKey, day: body.day, at: body.at });
    chain.push(certificate);
  }

  #report(signer: string, where: Pick<Finding, 'kind' | 'file'>, message: string): void {
    this.#incomplete.add(signer);
    this.findings.push({ ...where, message });
  }
}
