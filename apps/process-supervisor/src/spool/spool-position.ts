/**
 * `position`: how far a shard's spool is acknowledged, rewritten in place. Little-endian.
 *
 * | offset | size | meaning |
 * |---|---|---|
 * | 0 | 8 | number of the segment, double |
 * | 8 | 8 | bytes of it that are acknowledged, double |
 * | 16 | 8 | end of the message in flight, double; the same as the field before when none is |
 * | 24 | 4 | CRC-32 of the above |
 *
 * The end of the message in flight is kept so that a message sent again after a crash has the same
 * frames and therefore the same id.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const BYTES = 28;
const CRC_AT = 24;

export interface SpoolPosition {
  readonly segment: number;
  readonly acked: number;
  readonly inFlightEnd: number;
}

export class PositionFile {
  readonly #fd: number;
  readonly #bytes = Buffer.alloc(BYTES);

  constructor(path: string) {
    this.#fd = openSync(path, 'a+', 0o600);
    closeSync(this.#fd);
    this.#fd = openSync(path, 'r+');
  }

  /** Undefined when there is none or it is damaged: then everything in the spool is sent again. */
  read(): SpoolPosition | undefined {
    const bytes = this.#bytes;
    if (readSync(this.#fd, bytes, 0, BYTES, 0) !== BYTES) return undefined;
    if (crc32(bytes.subarray(0, CRC_AT)) !== bytes.readUInt32LE(CRC_AT)) return undefined;
    return {
      segment: bytes.readDoubleLE(0),
      acked: bytes.readDoubleLE(8),
      inFlightEnd: bytes.readDoubleLE(16),
    };
  }

  write({ segment, acked, inFlightEnd }: SpoolPosition): void {
    const bytes = this.#bytes;
    bytes.writeDoubleLE(segment, 0);
    bytes.writeDoubleLE(acked, 8);
    bytes.writeDoubleLE(inFlightEnd, 16);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, CRC_AT)), CRC_AT);
    writeSync(this.#fd, bytes, 0, BYTES, 0);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
