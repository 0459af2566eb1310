/** Eight-byte numbers in files: two's complement, little-endian, within the exact range of a double. */

const HALF = 2 ** 32;

/** @throws RangeError for what is no safe integer. */
export function writeInt64(bytes: Buffer, value: number, at: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no safe integer`);
  bytes.writeUInt32LE(value >>> 0, at);
  bytes.writeInt32LE(Math.floor(value / HALF), at + 4);
}

/** A number beyond the exact range comes back rounded; the checksums around it speak for it. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readInt32LE(at + 4) * HALF;
}

/** Sections of an index begin at multiples of eight. */
export function paddedLength(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
