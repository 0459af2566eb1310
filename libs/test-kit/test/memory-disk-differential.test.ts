/** Does the disk in memory show programs what the real one shows them? */
import fs, { constants } from 'node:fs';
import { join } from 'node:path';
import type { Disk } from '@mcplog/log-store/reader';
import { nodeDisk } from '@mcplog/log-store/writer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryDisk, withTempDir } from '../src/index.ts';

const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_TRUNC, O_DIRECTORY } = constants;
const PATHS = ['/a', '/b', '/d', '/d/a', '/d/b', '/d/e', '/d/e/a', '/a/below-a-file'];
const FLAGS = [
  O_RDONLY,
  O_RDWR | O_CREAT,
  O_RDWR | O_CREAT | O_APPEND,
  O_WRONLY | O_CREAT | O_EXCL,
  O_RDWR | O_TRUNC,
  O_RDONLY | O_DIRECTORY,
];

const path = fc.constantFrom(...PATHS);
/** Which of the descriptors opened so far. */
const which = fc.nat(5);
const place = fc.nat(12);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constant('open'), path, fc.constantFrom(...FLAGS)) },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constant('write'), which, fc.uint8Array({ maxLength: 9 }), place),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constant('read'), which, place) },
  fc.tuple(fc.constant('truncate'), which, place),
  fc.tuple(fc.constant('close'), which),
  fc.tuple(fc.constant('stat'), which),
  fc.tuple(fc.constant('lstat'), path),
  fc.tuple(fc.constant('fsync'), which),
  { weight: 3, arbitrary: fc.tuple(fc.constant('rename'), path, path) },
  fc.tuple(fc.constant('unlink'), path),
  { weight: 3, arbitrary: fc.tuple(fc.constant('mkdir'), path) },
  fc.tuple(fc.constant('readdir'), path),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Runs steps and writes down what each call gave, without what no two disks share. */
async function observe(disk: Disk, root: string, steps: readonly Step[]): Promise<unknown[]> {
  const fds: number[] = [];
  const seen: unknown[] = [];
  for (const [call, ...values] of steps) {
    try {
      seen.push([call, await run({ disk, root, fds }, call as string, values)]);
    } catch (error) {
      seen.push([call, (error as NodeJS.ErrnoException).code]);
    }
  }
  for (const fd of fds) disk.close(fd);
  return seen;
}

async function run(
  { disk, root, fds }: { disk: Disk; root: string; fds: number[] },
  call: string,
  values: unknown[],
): Promise<unknown> {
  const [first, second, third] = values;
  const fd = fds[first as number] ?? 9999;
  switch (call) {
    case 'open':
      fds.push(disk.open(join(root, first as string), second as number, 0o600));
      return 'opened';
    case 'write':
      return disk.write(fd, second as Uint8Array, third as number);
    case 'read': {
      const into = Buffer.alloc(7);
      const got = disk.read(fd, into, second as number);
      expect(await disk.readLater(fd, into, second as number)).toBe(got);
      return into.toString('hex');
    }
    case 'truncate':
      return disk.truncate(fd, second as number);
    case 'close':
      if (fds.length > (first as number)) fds.splice(first as number, 1);
      return disk.close(fd);
    case 'stat':
      return described(disk.stat(fd));
    case 'lstat':
      return described(disk.lstat(join(root, first as string)));
    case 'fsync':
      await disk.fdatasync(fd);
      disk.fsyncNow(fd);
      return disk.fsync(fd);
    case 'rename':
      return disk.rename(join(root, first as string), join(root, second as string));
    case 'unlink':
      return disk.unlink(join(root, first as string));
    case 'mkdir':
      return disk.mkdir(join(root, first as string), 0o700);
    default:
      return disk.readdir(join(root, first as string)).sort();
  }
}

function described(stat: ReturnType<Disk['lstat']>): unknown {
  return stat && [stat.kind, stat.kind === 'file' ? stat.bytes : 'any'];
}

function realContents(root: string): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const entry of fs.readdirSync(root, { withFileTypes: true, recursive: true })) {
    const at = join(entry.parentPath, entry.name);
    const name = at.slice(root.length);
    if (entry.isDirectory()) found.set(`${name}/`, Buffer.alloc(0));
    else found.set(name, fs.readFileSync(at));
  }
  return found;
}

test('random calls give the same answers, errors and files on both disks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      await withTempDir(async (root) => {
        const memory = new MemoryDisk();
        expect(await observe(memory, '/', steps)).toEqual(await observe(nodeDisk, root, steps));
        expect(memory.contents()).toEqual(realContents(root));
      });
    }),
    { numRuns: 1500 },
  );
});
