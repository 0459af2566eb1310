/** The real disk with one kind of sync left out, as if somebody had forgotten it. */
import type { Disk } from '@mcplog/log-store/check';

/** - `no-fsync`: appended lines are never synced; - `no-part-fsync`: new sealed files are not. */
export const MUTANT_NAMES = ['no-fsync', 'no-part-fsync'] as const;
export type Mutant = (typeof MUTANT_NAMES)[number];

const LEFT_OUT: Record<Mutant, RegExp> = { 'no-fsync': /\.log$/, 'no-part-fsync': /\.part$/ };

export function isMutant(name: string): name is Mutant {
  return (MUTANT_NAMES as readonly string[]).includes(name);
}

export function leaveOut(disk: Disk, mutant: Mutant): Disk {
  const paths = new Map<number, string>();
  const isLeftOut = (fd: number) => LEFT_OUT[mutant].test(paths.get(fd) ?? '');
  return {
    ...disk,
    open(path, flags, mode) {
      const fd = disk.open(path, flags, mode);
      paths.set(fd, path);
      return fd;
    },
    fdatasync: async (fd) => (isLeftOut(fd) ? undefined : disk.fdatasync(fd)),
    fsync: async (fd) => (isLeftOut(fd) ? undefined : disk.fsync(fd)),
    fsyncNow: (fd) => (isLeftOut(fd) ? undefined : disk.fsyncNow(fd)),
  };
}
