import fs from 'node:fs';
import { promisify } from 'node:util';
import type { Disk, FileStat } from './disk.ts';

const fdatasync = promisify(fs.fdatasync);
const fsync = promisify(fs.fsync);
const read = promisify(fs.read);

/** The real disk. */
export const nodeDisk: Disk = {
  open: (path, flags, mode) => fs.openSync(path, flags, mode),
  close: (fd) => fs.closeSync(fd),
  write: (fd, data, position) => fs.writeSync(fd, data, 0, data.length, position),
  read: (fd, into, position) => fs.readSync(fd, into, 0, into.length, position),
  async readLater(fd, into, position) {
    const { bytesRead } = await read(fd, into, 0, into.length, position);
    return bytesRead;
  },
  truncate: (fd, bytes) => fs.ftruncateSync(fd, bytes),
  stat: (fd) => describe(fs.fstatSync(fd, { bigint: true })),
  lstat(path) {
    const found = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? undefined : describe(found);
  },
  fdatasync,
  fsync,
  fsyncNow: (fd) => fs.fsyncSync(fd),
  rename: (from, to) => fs.renameSync(from, to),
  unlink: (path) => fs.unlinkSync(path),
  rmdir: (path) => fs.rmdirSync(path),
  mkdir(path, mode) {
    fs.mkdirSync(path, { mode });
  },
  readdir: (path) => fs.readdirSync(path),
};

function describe(stat: fs.BigIntStats): FileStat {
  return {
    kind: stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other',
    bytes: Number(stat.size),
    identity: `${stat.dev}:${stat.ino}:${stat.birthtimeNs}`,
  };
}
