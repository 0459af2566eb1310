import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tellJanitor } from './janitor.ts';

/** A new empty folder below the system's temporary folder; it goes when the test process ends. */
export async function makeTempDir(label = 'test'): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), `mcplog-${label}-`));
  tellJanitor('watch-dir', dir);
  return dir;
}

/** Runs `use` with a new empty folder and removes the folder afterwards, also after a failure. */
export async function withTempDir<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const dir = await makeTempDir();
  try {
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
