/** What other signers have signed of files, for whoever is about to sign their sealed form. */
import { join } from 'node:path';
import type { Disk } from '@mcplog/log-store/check';
import { openOrdinaryFile, readBytes } from '@mcplog/log-store/disk';
import { activeName, applyHeads, HEADS_FILE, type SignedHead, SignedHeads } from './heads.ts';
import { linesOf } from './journal.ts';
import { listSigners } from './signer-tips.ts';
import { parseStatement } from './statement.ts';

const NEWLINE = 0x0a;

/** A rotated file, as far as heads can speak of it. */
export interface RotatedContent {
  readonly directory: string;
  /** `app.log.2025-07-13`. */
  readonly file: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

interface Followed {
  identity: string;
  bytes: number;
  readonly standing: Map<string, SignedHead>;
}

/** Follows the journals of heads; of a journal that only grew, only what is new is read. */
export class WrittenHeads {
  readonly #disk: Disk;
  readonly #data: string;
  readonly #exceptSigner: string;
  readonly #followed = new Map<string, Followed>();

  constructor(disk: Disk, data: string, exceptSigner: string) {
    this.#disk = disk;
    this.#data = data;
    this.#exceptSigner = exceptSigner;
  }

  /** The heads that speak of a file; `undefined` when nobody has ever signed any head. */
  of(content: RotatedContent): readonly SignedHead[] | undefined {
    this.#update();
    if (this.#followed.size === 0) return undefined;
    const found: SignedHead[] = [];
    for (const { standing } of this.#followed.values()) {
      for (const head of standing.values()) if (speaksOf(head, content)) found.push(head);
    }
    return found;
  }

  #update(): void {
    for (const signer of listSigners(this.#disk, this.#data)) {
      if (signer === this.#exceptSigner) continue;
      const path = join(this.#data, 'integrity', signer, HEADS_FILE);
      if (this.#disk.lstat(path)?.kind === 'file') this.#read(signer, path);
    }
  }

  #read(signer: string, path: string): void {
    const { fd, stat } = openOrdinaryFile(this.#disk, path);
    try {
      const { identity, bytes } = stat;
      let followed = this.#followed.get(signer);
      if (followed?.identity !== identity || followed.bytes > bytes) {
        followed = { identity, bytes: 0, standing: new Map() };
        this.#followed.set(signer, followed);
      }
      if (followed.bytes === bytes) return;
      const added = readBytes({ disk: this.#disk, fd }, followed.bytes, bytes - followed.bytes);
      const whole = added.subarray(0, added.lastIndexOf(NEWLINE) + 1);
      for (const text of linesOf(whole)) {
        const record = parseStatement(SignedHeads, text);
        if (record !== undefined) applyHeads(followed.standing, record.body);
      }
      followed.bytes += whole.length;
    } finally {
      this.#disk.close(fd);
    }
  }
}

/** Under its own name, or under the active one that it had before. */
function speaksOf(
  { directory, name, lastSeq }: SignedHead,
  { directory: ofFile, file, firstSeq, lastSeq: end }: RotatedContent,
): boolean {
  if (directory !== ofFile) return false;
  if (name === file) return true;
  return name === activeName(file) && firstSeq <= lastSeq && lastSeq <= end;
}
