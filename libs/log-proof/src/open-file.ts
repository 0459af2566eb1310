import { constants } from 'node:fs';
import type { Disk } from '@mcplog/log-store/check';

const FILE_MODE = 0o600;

/**
 * Opens an ordinary file. A link is not followed, and what has a reader or writer at its other end,
 * such as a pipe, is refused instead of waited for: callers would stand still with it.
 * @param access O_RDONLY when absent; the flags that matter here are added
 * @throws Error for what is no ordinary file, and those of the file system
 */
export function openFile(disk: Disk, path: string, access: number = constants.O_RDONLY): number {
  const fd = disk.open(path, access | constants.O_NOFOLLOW | constants.O_NONBLOCK, FILE_MODE);
  try {
    if (disk.stat(fd).kind !== 'file') throw new Error(`${path} is no ordinary file`);
    return fd;
  } catch (error) {
    disk.close(fd);
    throw error;
  }
}
