/**
 * `held/<instanceId>.0` and `.1`: how far a run is on disk. That is the number of its next entry, how
 * many bytes of its streams have been taken in, and what of these is not an entry yet. One of the
 * two is written at the end of each turn, behind the spool and before anything is published, in
 * turns, so that the state before is still there when the supervisor is killed in the middle of a
 * write. The text is sealed with the master key, because it is not masked. Little-endian.
 *
 * | offset | size | meaning |
 * |---|---|---|
 * | 0 | 8 | generation, float64; the higher one of two whole files counts |
 * | 8 | 8 | run, float64 |
 * | 16 | 8 | n of the next entry, float64 |
 * | 24 | 8 | bytes of stdout taken in, float64 |
 * | 32 | 8 | bytes of stderr taken in, float64 |
 * | 40 | 4 | bytes of the sealed text; 0 when nothing is held |
 * | 44 | 4 | CRC-32 of bytes 0 to 43 and the sealed text |
 * | 48 | k | sealed JSON: {@link HeldState}, streams as base64 |
 */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Sealer } from '@mcplog/access-control';
import type { CapturedRecord, HeldCapture } from '@mcplog/capture';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

const HEADER_BYTES = 48;
const LENGTH_AT = 40;
const CRC_AT = 44;
const SLOTS = [0, 1] as const;
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
  linesBehind: Type.Optional(Type.Array(Type.Enum(['stdout', 'stderr']))),
});
type HeldState = Static<typeof HeldState>;

/** How far a run is on disk. */
export interface RunMark {
  readonly run: number;
  /** The number of the next entry of the run, from 1. */
  readonly nextN: number;
  /** Bytes of each stream that are entries in the spool, or held. */
  readonly stdout: number;
  readonly stderr: number;
}

/** What a killed supervisor held of a run. */
export interface RecoveredHeld extends HeldCapture {
  readonly mark: RunMark;
}

interface Slot {
  readonly generation: number;
  readonly mark: RunMark;
  readonly sealed: Buffer;
}

export interface HeldFileOptions {
  readonly dir: string;
  readonly instanceId: string;
  readonly sealer: Sealer;
}

export class HeldFile {
  readonly #options: HeldFileOptions;
  readonly #fds: (number | undefined)[] = [undefined, undefined];
  #generation = 0;
  /** What the file says when nothing is held. */
  #lastMark: RunMark | undefined;

  constructor(options: HeldFileOptions) {
    this.#options = options;
  }

  /** Takes the place of what was written before. */
  write(mark: RunMark, held: HeldCapture = NOTHING): void {
    this.prepare(mark, held)();
  }

  /**
   * Does the work of {@link write} but for the writing itself, which the result does.
   * The result throws the file system's error; what was written before counts then.
   */
  prepare(mark: RunMark, held: HeldCapture = NOTHING): () => void {
    if (isNothing(held) && isSame(mark, this.#lastMark)) return () => {};
    const sealed = isNothing(held) ? Buffer.alloc(0) : this.#seal(held);
    const generation = this.#generation + 1;
    const bytes = encode({ generation, mark, sealed });
    return () => {
      const fd = this.#open(generation % SLOTS.length);
      writeFully(fd, bytes);
      this.#generation = generation;
      this.#lastMark = sealed.length === 0 ? mark : undefined;
    };
  }

  /** What was written last; undefined when there is nothing, or nothing that can be trusted. */
  read(): RecoveredHeld | undefined {
    try {
      const slot = readNewest(this.#options);
      if (slot === undefined) return undefined;
      // The next one must not take the place of this one.
      this.#generation = slot.generation;
      const held = slot.sealed.length === 0 ? NOTHING : this.#unseal(slot.sealed);
      return { mark: slot.mark, ...held };
    } catch {
      return undefined;
    }
  }

  /** The run is over, or its rest has been recovered. */
  delete(): void {
    for (const slot of SLOTS) {
      const fd = this.#fds[slot];
      if (fd !== undefined) closeSync(fd);
      this.#fds[slot] = undefined;
    }
    // The older one first: alone it would tell of what has been done already.
    const older = (this.#generation + 1) % SLOTS.length;
    for (const slot of [older, 1 - older]) rmSync(pathOf(this.#options, slot), { force: true });
    this.#generation = 0;
    this.#lastMark = undefined;
  }

  get #context(): string {
    return `held/${this.#options.instanceId}`;
  }

  #open(slot: number): number {
    const known = this.#fds[slot];
    if (known !== undefined) return known;
    mkdirSync(this.#options.dir, { recursive: true, mode: 0o700 });
    const fd = openSync(pathOf(this.#options, slot), 'w', 0o600);
    this.#fds[slot] = fd;
    return fd;
  }

  #seal({ stdout, stderr, stdoutMidLine, records, linesBehind }: HeldCapture): Buffer {
    const state: HeldState = {
      stdout: stdout.toString('base64'),
      stderr: stderr.toString('base64'),
      stdoutMidLine,
      records: [...records],
      ...(linesBehind && { linesBehind: [...linesBehind] }),
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
      ...(state.linesBehind && { linesBehind: state.linesBehind }),
    };
  }
}

/** The mark of an instance's lost run, without the text that it held. */
export function readMark(place: { dir: string; instanceId: string }): RunMark | undefined {
  return readNewest(place)?.mark;
}

function pathOf({ dir, instanceId }: { dir: string; instanceId: string }, slot: number): string {
  return join(dir, `${instanceId}.${slot}`);
}

function readNewest(place: { dir: string; instanceId: string }): Slot | undefined {
  const slots = SLOTS.map((slot) => readSlot(pathOf(place, slot))).filter(
    (one) => one !== undefined,
  );
  return slots.sort((one, other) => other.generation - one.generation)[0];
}

function readSlot(path: string): Slot | undefined {
  try {
    const bytes = readFileSync(path);
    const sealed = bytes.subarray(HEADER_BYTES, HEADER_BYTES + bytes.readUInt32LE(LENGTH_AT));
    const mark = {
      run: bytes.readDoubleLE(8),
      nextN: bytes.readDoubleLE(16),
      stdout: bytes.readDoubleLE(24),
      stderr: bytes.readDoubleLE(32),
    };
    const slot = { generation: bytes.readDoubleLE(0), mark, sealed };
    const isWhole = bytes.subarray(0, HEADER_BYTES + sealed.length).equals(encode(slot));
    return isWhole ? slot : undefined;
  } catch {
    return undefined;
  }
}

function isNothing({ stdout, stderr, stdoutMidLine, records }: HeldCapture): boolean {
  return stdout.length + stderr.length + records.length === 0 && !stdoutMidLine;
}

function isSame(one: RunMark, other: RunMark | undefined): boolean {
  return (
    one.run === other?.run &&
    one.nextN === other.nextN &&
    one.stdout === other.stdout &&
    one.stderr === other.stderr
  );
}

function encode({ generation, mark, sealed }: Slot): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + sealed.length);
  const numbers = [generation, mark.run, mark.nextN, mark.stdout, mark.stderr];
  for (const [place, number] of numbers.entries()) bytes.writeDoubleLE(number, 8 * place);
  bytes.writeUInt32LE(sealed.length, LENGTH_AT);
  sealed.copy(bytes, HEADER_BYTES);
  bytes.writeUInt32LE(crc32(sealed, crc32(bytes.subarray(0, CRC_AT))), CRC_AT);
  return bytes;
}

function writeFully(fd: number, bytes: Buffer): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, done);
}
