/**
 * The only way to the file system for writer and reader. test-kit has faulty twins of it: full
 * disks, failing syncs, power cuts.
 *
 * Everything throws (or rejects with) the system's error, with its `code`.
 */
export interface Disk {
  open(path: string, flags: number, mode?: number): number;
  close(fd: number): void;
  /** Bytes written, fewer than given when the disk fills up. */
  write(fd: number, data: Uint8Array, position: number): number;
  /** Bytes read, 0 at the end of the file. */
  read(fd: number, into: Uint8Array, position: number): number;
  readLater(fd: number, into: Uint8Array, position: number): Promise<number>;
  truncate(fd: number, bytes: number): void;
  stat(fd: number): FileStat;
  /** Of the path itself, links not followed; `undefined` when there is nothing. */
  lstat(path: string): FileStat | undefined;
  fdatasync(fd: number): Promise<void>;
  fsync(fd: number): Promise<void>;
  /** Blocks; for rare moments only: a copy into quarantine, the last lines before a rotation. */
  fsyncNow(fd: number): void;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  /** Of an empty directory. */
  rmdir(path: string): void;
  mkdir(path: string, mode: number): void;
  readdir(path: string): string[];
}

export interface FileStat {
  readonly kind: 'file' | 'directory' | 'other';
  readonly bytes: number;
  /** Differs between any two files, also after one was deleted and its inode used again. */
  readonly identity: string;
}

/**
 * Closes a file of which nothing is wanted any more. The descriptor is gone whatever close says, and
 * what it could say of the file's bytes the last sync has said.
 */
export function letGo(disk: Disk, fd: number): void {
  try {
    disk.close(fd);
  } catch {}
}
