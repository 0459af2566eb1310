/** How full the disk is, and how much of it the logs take. */
import type { StatsFs } from 'node:fs';
import { lstat, opendir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const FRESH_MS = 30_000;
const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** All in bytes. */
export interface DiskUsage {
  readonly total: number;
  readonly used: number;
  readonly userLogs: number;
  readonly systemLogs: number;
}

/**
 * Measures a log directory. Walking many files takes a while, so an answer is up to 30 s old and
 * the next measurement runs behind it; only the very first is waited for.
 */
export class DiskMeter {
  readonly #logDir: string;
  #last: { readonly usage: DiskUsage; readonly atMs: number } | undefined;
  #measuring: Promise<DiskUsage> | undefined;

  constructor(logDir: string) {
    this.#logDir = logDir;
  }

  async read(): Promise<DiskUsage> {
    const last = this.#last;
    if (last !== undefined && performance.now() - last.atMs < FRESH_MS) return last.usage;
    this.#measuring ??= this.#measure().finally(() => {
      this.#measuring = undefined;
    });
    if (last === undefined) return this.#measuring;
    // The next reader gets its result, or the error of the try after it.
    this.#measuring.catch(() => undefined);
    return last.usage;
  }

  async #measure(): Promise<DiskUsage> {
    const { blocks, bfree, bsize } = await statfsUpwards(this.#logDir);
    const usage = {
      total: blocks * bsize,
      used: (blocks - bfree) * bsize,
      userLogs: await treeBytes(join(this.#logDir, 'users')),
      systemLogs: await treeBytes(join(this.#logDir, 'system')),
    };
    this.#last = { usage, atMs: performance.now() };
    return usage;
  }
}

/** `45GB`, `1.5MB`, `0B`: powers of 1000, one digit behind the point below 10. */
export function bytesInWords(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)}${UNITS[power]}`;
}

/** Of the nearest folder that exists: nothing may have been logged yet. */
async function statfsUpwards(dir: string): Promise<StatsFs> {
  try {
    return await statfs(dir);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!isMissing || dirname(dir) === dir) throw error;
    return statfsUpwards(dirname(dir));
  }
}

/** Sizes of all files below; what goes away meanwhile is left out. */
async function treeBytes(dir: string): Promise<number> {
  let bytes = 0;
  try {
    for await (const entry of await opendir(dir)) {
      const path = join(dir, entry.name);
      bytes += entry.isDirectory() ? await treeBytes(path) : await fileBytes(path);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return bytes;
}

async function fileBytes(path: string): Promise<number> {
  try {
    return (await lstat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
