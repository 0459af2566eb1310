/**
 * `held/<instanceId>`: what a run has read and not yet put into the spool, rewritten in place, so
 * that killing the supervisor does not lose a line that waits for the rest of its record. Sealed
 * with the master key, because it is not masked. Little-endian.
 *
 * | offset | size | meaning |
 * |---|---|---|
 * | 0 | 4 | bytes of the sealed text; 0 when nothing is held |
 * | 4 | 4 | CRC-32 of the sealed text |
 * | 8 | n | sealed JSON: {@link HeldState}, streams as base64 |
 */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Sealer } from '@mcplog/access-control';
import type { CapturedRecord, HeldCapture } from '@mcplog/capture';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

const PREFIX_BYTES = 8;

const HeldState = Type.Object({
  run: Type.Integer({ minimum: 1 }),
  /** The number of the next entry of the run. */
  nextN: Type.Integer({ minimum: 1 }),
  stdout: Type.String(),
  stderr: Type.String(),
  records: Type.Array(Type.Unknown()),
});
type HeldState = Static<typeof HeldState>;

/** What a killed supervisor held of a run. */
export interface RecoveredHeld extends HeldCapture {
  readonly run: number;
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
  #isEmpty = true;

  constructor(options: HeldFileOptions) {
    this.#options = options;
  }

  /** Replaces what was written before. */
  write(run: number, nextN: number, held: HeldCapture): void {
    const isEmpty = held.stdout.length + held.stderr.length + held.records.length === 0;
    if (isEmpty && this.#isEmpty) return;
    this.#isEmpty = isEmpty;
    this.#fd ??= this.#open();
    const bytes = isEmpty ? Buffer.alloc(PREFIX_BYTES) : this.#encode(run, nextN, held);
    writeSync(this.#fd, bytes, 0, bytes.length, 0);
  }

  /** What is in the file; undefined when there is none, or none that can be trusted. */
  read(): RecoveredHeld | undefined {
    const { sealer } = this.#options;
    try {
      const bytes = readFileSync(this.#path);
      const length = bytes.readUInt32LE(0);
      const sealed = bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length);
      const isWhole = length > 0 && sealed.length === length;
      if (!isWhole || crc32(sealed) !== bytes.readUInt32LE(4)) return undefined;
      const state: unknown = JSON.parse(sealer.open(sealed.toString('latin1'), this.#context));
      return Value.Check(HeldState, state) ? toRecovered(state) : undefined;
    } catch {
      return undefined;
    }
  }

  /** The run is over, or its rest has been recovered. */
  delete(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#isEmpty = true;
    rmSync(this.#path, { force: true });
  }

  get #path(): string {
    return join(this.#options.dir, this.#options.instanceId);
  }

  get #context(): string {
    return `held/${this.#options.instanceId}`;
  }

  #open(): number {
    mkdirSync(this.#options.dir, { recursive: true, mode: 0o700 });
    return openSync(this.#path, 'w', 0o600);
  }

  #encode(run: number, nextN: number, { stdout, stderr, records }: HeldCapture): Buffer {
    const state: HeldState = {
      run,
      nextN,
      stdout: stdout.toString('base64'),
      stderr: stderr.toString('base64'),
      records: [...records],
    };
    const sealed = this.#options.sealer.seal(JSON.stringify(state), this.#context);
    const bytes = Buffer.alloc(PREFIX_BYTES + sealed.length);
    bytes.writeUInt32LE(sealed.length, 0);
    bytes.write(sealed, PREFIX_BYTES, 'latin1');
    bytes.writeUInt32LE(crc32(bytes.subarray(PREFIX_BYTES)), 4);
    return bytes;
  }
}

function toRecovered({ run, nextN, stdout, stderr, records }: HeldState): RecoveredHeld {
  return {
    run,
    nextN,
    stdout: Buffer.from(stdout, 'base64'),
    stderr: Buffer.from(stderr, 'base64'),
    // Sealed and authenticated: nobody but a supervisor of ours wrote them.
    records: records as CapturedRecord[],
  };
}
