import type { Disk } from './disk.ts';

/** The path, or with the lowest `-1`, `-2` … behind it that nothing has yet. */
export function freePath(disk: Disk, wanted: string): string {
  let path = wanted;
  for (let copy = 1; disk.lstat(path) !== undefined; copy++) path = `${wanted}-${copy}`;
  return path;
}
