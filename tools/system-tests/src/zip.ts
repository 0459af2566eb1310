/** Reads small zip files, as any unzip program does: by the directory at their end. */
import { inflateRawSync } from 'node:zlib';

const END_SIGNATURE = 0x06054b50;
const DIRECTORY_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
const DIRECTORY_ROW_BYTES = 46;
const LOCAL_HEADER_BYTES = 30;
const STORED = 0;

/** Names and contents. @throws Error for anything that is no zip without comment and zip64 */
export function unzip(zip: Buffer): Map<string, Buffer> {
  const end = zip.length - END_BYTES;
  if (end < 0 || zip.readUInt32LE(end) !== END_SIGNATURE) throw new Error('no zip');
  const files = new Map<string, Buffer>();
  let row = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(row) !== DIRECTORY_SIGNATURE) throw new Error(`no row at ${row}`);
    const nameEnd = row + DIRECTORY_ROW_BYTES + zip.readUInt16LE(row + 28);
    files.set(zip.toString('utf8', row + DIRECTORY_ROW_BYTES, nameEnd), contentOf(zip, row));
    row = nameEnd + zip.readUInt16LE(row + 30) + zip.readUInt16LE(row + 32);
  }
  return files;
}

function contentOf(zip: Buffer, row: number): Buffer {
  const bytes = zip.readUInt32LE(row + 20);
  const header = zip.readUInt32LE(row + 42);
  const start =
    header + LOCAL_HEADER_BYTES + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  const packed = zip.subarray(start, start + bytes);
  return zip.readUInt16LE(row + 10) === STORED ? packed : inflateRawSync(packed);
}
