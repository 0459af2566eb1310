/** An ext4 of its own in a file, whose power can be cut. Needs root, loop devices and mkfs.ext4. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const IMAGE_BYTES = 128 * 1024 * 1024;

/** FS_IOC_SHUTDOWN, and the flag that drops the journal too: linux/fs.h, man ioctl_xfs_goingdown. */
const SHUTDOWN = '0x8004587d';
const NOLOGFLUSH = '2';

/** Opens the mount point, waits for a line, cuts. So the cut itself takes no time to speak of. */
const CUTTERS: readonly (readonly [string, readonly string[]])[] = [
  [
    'python3',
    [
      '-c',
      `import fcntl,os,struct,sys
disk=os.open(sys.argv[1],os.O_RDONLY)
print("ready",flush=True)
sys.stdin.readline()
fcntl.ioctl(disk,${SHUTDOWN},struct.pack("I",${NOLOGFLUSH}))`,
    ],
  ],
  [
    'perl',
    [
      '-e',
      `use Fcntl; $|=1; sysopen(my $d,$ARGV[0],O_RDONLY) or die $!;
print "ready\n"; <STDIN>;
ioctl($d,${SHUTDOWN},pack("L",${NOLOGFLUSH})) or die $!;`,
    ],
  ],
];

/** The machine cannot do it; the message says what is missing. */
export class NotPossibleError extends Error {}

export class LoopDisk {
  readonly mountPoint: string;
  readonly #image: string;
  #isMounted = false;

  /** @throws NotPossibleError */
  constructor(directory: string) {
    if (process.getuid?.() !== 0) throw new NotPossibleError('a power cut needs root');
    this.#image = join(directory, 'disk.img');
    this.mountPoint = join(directory, 'mount');
    mkdirSync(this.mountPoint, { recursive: true });
  }

  /** A new and empty file system. */
  format(): void {
    const fd = openSync(this.#image, 'w');
    ftruncateSync(fd, IMAGE_BYTES);
    closeSync(fd);
    tryRun('mkfs.ext4', ['-q', '-F', this.#image]);
  }

  mount(): void {
    tryRun('mount', ['-o', 'loop', this.#image, this.mountPoint]);
    this.#isMounted = true;
  }

  /**
   * @returns what cuts the power: everything not synced is gone, and every call fails until the
   * next mount
   * @throws NotPossibleError
   */
  async prepareCut(): Promise<() => Promise<void>> {
    const problems: string[] = [];
    for (const [program, args] of CUTTERS) {
      const cutter = spawn(program, [...args, this.mountPoint], { stdio: 'pipe' });
      const ended = new Promise<string>((resolve) => {
        cutter.once('error', (error) => resolve(error.message));
        cutter.once('close', (code) => resolve(code === 0 ? '' : `ended with ${code}`));
      });
      const ready = new Promise<void>((resolve) => cutter.stdout.once('data', () => resolve()));
      const problem = await Promise.race([ready, ended]);
      if (problem !== undefined) {
        problems.push(`${program}: ${problem}`);
        continue;
      }
      return async () => {
        cutter.stdin.end('now\n');
        const failure = await ended;
        if (failure !== '') throw new NotPossibleError(`${program} cannot cut: ${failure}`);
      };
    }
    throw new NotPossibleError(`nothing could cut the power: ${problems.join('; ')}`);
  }

  unmount(): void {
    if (this.#isMounted) tryRun('umount', [this.mountPoint]);
    this.#isMounted = false;
  }

  remove(): void {
    this.unmount();
    rmSync(this.#image, { force: true });
    rmSync(this.mountPoint, { recursive: true, force: true });
  }
}

function tryRun(program: string, args: readonly string[]): void {
  try {
    execFileSync(program, args, { stdio: 'pipe' });
  } catch (error) {
    const said = (error as { stderr?: Buffer }).stderr?.toString().trim() ?? '';
    throw new NotPossibleError(`${program} ${args.join(' ')}: ${said || error}`);
  }
}
