import { constants, openSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'reader.sock';
/** Linux takes 107 bytes, macOS 103. */
const PATH_BYTES_MAX = 103;

/** The reader's socket in a folder, by a path that is short enough for one. */
export function socketPathIn(dir: string): string {
  const path = join(dir, NAME);
  if (Buffer.byteLength(path) <= PATH_BYTES_MAX) return path;
  const fd = openSync(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  return `/proc/self/fd/${fd}/${NAME}`;
}
