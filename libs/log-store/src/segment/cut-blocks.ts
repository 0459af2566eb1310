/** Cuts a plain file into blocks: whole lines, as many as fit, or one line that is longer. */

import { type FileHandle, readExactly } from '../disk/disk-io.ts';
import { NEWLINE } from '../read/line-frame.ts';
import { BLOCK_PLAIN_BYTES_MAX } from './gzip-member.ts';

export const BLOCK_BYTES = 256 * 1024;

export interface CutLimits {
  /** What whole lines are gathered up to. */
  readonly blockBytes: number;
  /** Where a longer line is cut: it is no entry then, nor are its pieces. */
  readonly lineBytesMax: number;
}

export const CUT_LIMITS: CutLimits = {
  blockBytes: BLOCK_BYTES,
  lineBytesMax: BLOCK_PLAIN_BYTES_MAX,
};

/**
 * Each block is valid until the next is asked for. The blocks together are the file; an empty file
 * is one empty block, because a file without any gzip member is no gzip file.
 */
export function* cutBlocks(
  file: FileHandle,
  bytes: number,
  { blockBytes, lineBytesMax }: CutLimits = CUT_LIMITS,
): Generator<Buffer, void, undefined> {
  let buffer = Buffer.allocUnsafeSlow(blockBytes);
  if (bytes === 0) yield buffer.subarray(0, 0);
  for (let at = 0; at < bytes; ) {
    const got = readExactly(file, buffer.subarray(0, Math.min(buffer.length, bytes - at)), at);
    const isEnd = at + got.length >= bytes;
    const cut = cutOf(got, { blockBytes, isEnd });
    if (cut === 0 && buffer.length < lineBytesMax) {
      buffer = Buffer.allocUnsafeSlow(Math.min(lineBytesMax, buffer.length * 4));
      continue;
    }
    const block = cut === 0 ? got : got.subarray(0, cut);
    yield block;
    at += block.length;
  }
}

/** Where the first block of these bytes ends, 0 when they do not tell. */
function cutOf(
  bytes: Buffer,
  { blockBytes, isEnd }: { blockBytes: number; isEnd: boolean },
): number {
  const within = bytes.subarray(0, blockBytes);
  const whole = within.lastIndexOf(NEWLINE) + 1;
  if (whole > 0) return whole;
  const longer = bytes.indexOf(NEWLINE, within.length) + 1;
  // A file's torn end is a block of its own, so that a block ends in a newline or has none.
  return longer > 0 || !isEnd ? longer : bytes.length;
}
