/**
 * `held/<instanceId>`: which number the next entry of a run will have, and what the run has read and
 * not yet put into the spool. Rewritten in place at the end of each turn, so that killing the
 * supervisor loses neither a line that waits for the rest of its record nor the numbers for what
 * lies unread in the pipes. The text is sealed with the master key, because it is not masked.
 * Little-endian.
 *
 * | offset | size | meaning |
 * |---|---|---|
 * | 0 | 8 | run, float64 |
 * | 8 | 8 | n of the next entry, float64 |
 * | 16 | 4 | bytes of the sealed text; 0 when nothing is held |
 * | 20 | 4 | CRC-32 of bytes 0 to 19 and the sealed text |
 * | 24 | k | sealed JSON: {@link HeldState}, streams as base64 |
 */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Sealer } from '@mcplog/access-control';
import type { CapturedRecord, HeldCapture } from '@mcplog/capture';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

const HEADER_BYTES = 24;
const CRC_AT = 20;
const NOTHING: HeldCapture = {
  stdout: Buffer.alloc(0),
  stderr: Buffer.alloc(0),
  stdoutMidLine: false,
  records: [],
};

const HeldState = Type.Object({
  stdout: Type.String(),
  stderr: Type.String(),
  stdoutMidLine: Type.Boolean(),
  records: Type.Array(Type.Unknown()),
});
type HeldState = Static<typeof HeldState>;

/** What a killed supervisor held of a run. */
export interface RecoveredHeld extends HeldCapture {
  readonly run: number;
  /** The number of the next entry of the run, from 1. */
  readonly nextN: number;
}

export interface HeldFileOptions {
  readonly dir: string;
  readonly instanceId: string;
  readonly sealer: Sealer;
}

export class HeldFile {
  readonly #options: HeldFileOptions;
  #fd: number | undefined;
  /** The header in the file when nothing is held. */
  #lastHeader: Buffer | undefined;

  constructor(options: HeldFileOptions) {
    this.#options = options;
  }

  /** Replaces what was written before. */
  write(run: number, nextN: number, held: HeldCapture = NOTHING): void {
    this.prepare(run, nextN, held)();
  }

  /** Does the work of {@link write} but for the writing itself, which the result does. */
  prepare(run: number, nextN: number, held: HeldCapture): () => void {
    const sealed = isNothing(held) ? Buffer.alloc(0) : this.#seal(held);
    const bytes = encode(run, nextN, sealed);
    if (this.#lastHeader?.equals(bytes)) return () => {};
    this.#lastHeader = sealed.length === 0 ? bytes : undefined;
    const fd = this.#open();
    return () => writeSync(fd, bytes, 0, bytes.length, 0);
  }

  /** What is in the file; undefined when there is none, or none that can be trusted. */
  read(): RecoveredHeld | undefined {
    try {
      const bytes = readFileSync(this.#path);
      const sealed = bytes.subarray(HEADER_BYTES, HEADER_BYTES + bytes.readUInt32LE(16));
      const run = bytes.readDoubleLE(0);
      const nextN = bytes.readDoubleLE(8);
      if (!bytes.subarray(0, HEADER_BYTES + sealed.length).equals(encode(run, nextN, sealed))) {
        return undefined;
      }
      const held = sealed.length === 0 ? NOTHING : this.#unseal(sealed);
      return { run, nextN, ...held };
    } catch {
      return undefined;
    }
  }

  /** The run is over, or its rest has been recovered. */
  delete(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#lastHeader = undefined;
    rmSync(this.#path, { force: true });
  }

  get #path(): string {
    return join(this.#options.dir, this.#options.instanceId);
  }

  get #context(): string {
    return `held/${this.#options.instanceId}`;
  }

  #open(): number {
    if (this.#fd === undefined) {
      mkdirSync(this.#options.dir, { recursive: true, mode: 0o700 });
      this.#fd = openSync(this.#path, 'w', 0o600);
    }
    return this.#fd;
  }

  #seal({ stdout, stderr, stdoutMidLine, records }: HeldCapture): Buffer {
    const state: HeldState = {
      stdout: stdout.toString('base64'),
      stderr: stderr.toString('base64'),
      stdoutMidLine,
      records: [...records],
    };
    return Buffer.from(this.#options.sealer.seal(JSON.stringify(state), this.#context), 'latin1');
  }

  /** @throws Error when it was not sealed for this instance */
  #unseal(sealed: Buffer): HeldCapture {
    const text = this.#options.sealer.open(sealed.toString('latin1'), this.#context);
    const state = Value.Parse(HeldState, JSON.parse(text));
    return {
      stdout: Buffer.from(state.stdout, 'base64'),
      stderr: Buffer.from(state.stderr, 'base64'),
      stdoutMidLine: state.stdoutMidLine,
      // Sealed and authenticated: nobody but a supervisor of ours wrote them.
      records: state.records as CapturedRecord[],
    };
  }
}

function isNothing({ stdout, stderr, stdoutMidLine, records }: HeldCapture): boolean {
  return stdout.length + stderr.length + records.length === 0 && !stdoutMidLine;
}

function encode(run: number, nextN: number, sealed: Buffer): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + sealed.length);
  bytes.writeDoubleLE(run, 0);
  bytes.writeDoubleLE(nextN, 8);
  bytes.writeUInt32LE(sealed.length, 16);
  sealed.copy(bytes, HEADER_BYTES);
  bytes.writeUInt32LE(crc32(sealed, crc32(bytes.subarray(0, CRC_AT))), CRC_AT);
  return bytes;
}
