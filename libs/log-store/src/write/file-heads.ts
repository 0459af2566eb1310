/** How far each active file has come, and the SHA-256 of it up to there. */
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Disk } from '../disk/disk.ts';
import { type LogTarget, relativePathOf } from '../disk/path.ts';
import type { SegmentName } from '../segment/segment-name.ts';

/** A state of an active file that is on disk. */
export interface Head {
  readonly target: LogTarget;
  /** Whole lines from the start of the file. */
  readonly bytes: number;
  /** Of these bytes. */
  readonly sha256: Buffer;
  readonly lastSeq: number;
  /** The name the file has by now, when it was rotated. */
  readonly rotatedTo?: SegmentName;
}

/** The SHA-256 of the first bytes of a file that only grows. */
export class RunningHash {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes what stands at `position`; does nothing while bytes before it are missing. */
  add(data: Uint8Array, position: number): void {
    if (position !== this.#bytes) return;
    this.#hash.update(data);
    this.#bytes += data.length;
  }

  /** A copy that stands still. */
  copy(): Hash {
    return this.#hash.copy();
  }
}

/** What heads need of an active file. */
export interface HashedFile {
  readonly target: LogTarget;
  readonly path: string;
  readonly fd: number;
  readonly bytes: number;
  readonly syncedBytes: number;
  readonly syncedSeq: number;
  hash?: RunningHash;
}

interface Taken {
  readonly target: LogTarget;
  readonly bytes: number;
  readonly lastSeq: number;
  readonly hash: Hash;
  readonly rotatedTo?: SegmentName;
}

const CHUNK_BYTES = 256 * 1024;
/** Catching up may use this share of the time: 1 part work, 4 parts pause. */
const REST_SHARE = 4;
/** Hashes of closed files; one that is forgotten is made again by reading its file. */
const KEPT_MAX = 8_192;

/**
 * Keeps the running hashes. A file that was there before is hashed from the disk in the background;
 * until that has caught up, it has no head.
 */
export class FileHeads {
  readonly #disk: Disk;
  readonly #kept = new Map<string, RunningHash>();
  readonly #current = new Map<string, Taken>();
  #rotated: Taken[] = [];
  readonly #behind = new Set<HashedFile>();
  #catchingUp = false;
  #closed = false;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Gives an opened file its hash, as far as it is known. */
  open(file: HashedFile): void {
    const { identity } = this.#disk.stat(file.fd);
    const kept = this.#kept.get(identity);
    this.#kept.delete(identity);
    file.hash = kept !== undefined && kept.bytes <= file.bytes ? kept : new RunningHash();
  }

  /** Before the file's descriptor is closed without anything having happened to it. */
  close(file: HashedFile): void {
    this.#behind.delete(file);
    if (file.hash === undefined || file.hash.bytes === 0) return;
    this.#kept.set(this.#disk.stat(file.fd).identity, file.hash);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** Before a sync: the hash of what will be synced, `undefined` when it is not known yet. */
  before({ hash, bytes }: HashedFile): Hash | undefined {
    return hash?.bytes === bytes ? hash.copy() : undefined;
  }

  /** After a sync: `hash` is what {@link FileHeads.before} returned. */
  synced(file: HashedFile, hash: Hash | undefined): void {
    const { target, syncedBytes: bytes, syncedSeq: lastSeq } = file;
    if (hash !== undefined)
      this.#current.set(relativePathOf(target), { target, bytes, lastSeq, hash });
    else this.#catchUpLater(file);
  }

  /** The file has another name and is done. */
  rotate(file: HashedFile, rotatedTo: SegmentName): void {
    this.#behind.delete(file);
    const { target, syncedBytes: bytes, syncedSeq: lastSeq } = file;
    const hash = this.before(file);
    this.#current.delete(relativePathOf(target));
    if (hash !== undefined) this.#rotated.push({ target, bytes, lastSeq, hash, rotatedTo });
  }

  /** The file is not trusted any more. */
  drop(file: HashedFile): void {
    this.#behind.delete(file);
    this.#current.delete(relativePathOf(file.target));
  }

  take(): Head[] {
    const taken = [...this.#rotated, ...this.#current.values()];
    this.#rotated = [];
    this.#current.clear();
    return taken.map(({ hash, ...head }) => ({ ...head, sha256: hash.digest() }));
  }

  stop(): void {
    this.#closed = true;
    this.#behind.clear();
  }

  #catchUpLater(file: HashedFile): void {
    this.#behind.add(file);
    if (this.#catchingUp) return;
    this.#catchingUp = true;
    void this.#catchUpAll().finally(() => {
      this.#catchingUp = false;
    });
  }

  async #catchUpAll(): Promise<void> {
    for (let [file] = this.#behind; file !== undefined && !this.#closed; [file] = this.#behind) {
      // What cannot be read now is tried again after the file's next sync.
      await this.#catchUp(file).catch(() => undefined);
      this.#behind.delete(file);
    }
  }

  /** Reads through a descriptor of its own: the file's may be closed at any moment. */
  async #catchUp(file: HashedFile): Promise<void> {
    const fd = this.#disk.open(file.path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      if (this.#disk.stat(fd).identity !== this.#disk.stat(file.fd).identity) return;
      const hash = file.hash ?? new RunningHash();
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      while (hash.bytes < file.bytes && this.#behind.has(file)) {
        const position = hash.bytes;
        const wanted = buffer.subarray(0, Math.min(buffer.length, file.bytes - position));
        const got = await this.#disk.readLater(fd, wanted, position);
        if (got === 0) return;
        const startedMs = performance.now();
        hash.add(wanted.subarray(0, got), position);
        await pause(REST_SHARE * (performance.now() - startedMs), undefined, { ref: false });
      }
      const isWhole = this.#behind.has(file) && file.syncedBytes === file.bytes;
      const copy = isWhole ? this.before(file) : undefined;
      if (copy !== undefined) this.synced(file, copy);
    } finally {
      this.#disk.close(fd);
    }
  }
}
