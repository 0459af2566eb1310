import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadOrCreateMasterKey } from '../src/index.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mcplog-key-'));
});
afterAll(() => rm(dir, { recursive: true }));

it('makes a key that only its owner can read, and loads the same one again', async () => {
  const path = join(dir, 'new', 'master.key');
  const key = await loadOrCreateMasterKey(path);
  expect(key).toHaveLength(32);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await loadOrCreateMasterKey(path)).toEqual(key);
  expect(await readdir(join(dir, 'new'))).toEqual(['master.key']);
});

it('gives services that start together one key', async () => {
  const path = join(dir, 'raced', 'master.key');
  const keys = await Promise.all(Array.from({ length: 16 }, () => loadOrCreateMasterKey(path)));
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
  expect(await readdir(join(dir, 'raced'))).toEqual(['master.key']);
});

it('refuses a key that others can read, and says what to run', async () => {
  const path = join(dir, 'open.key');
  await loadOrCreateMasterKey(path);
  await chmod(path, 0o644);
  await expect(loadOrCreateMasterKey(path)).rejects.toThrow(`chmod 600 ${path}`);
});

it.each(['', 'short\n', `${'!'.repeat(44)}\n`])(
  'refuses and keeps the damaged file %j',
  async (text) => {
    const path = join(dir, 'damaged.key');
    await writeFile(path, text, { mode: 0o600 });
    await expect(loadOrCreateMasterKey(path)).rejects.toThrow('not a master key');
    expect(await readFile(path, 'utf8')).toBe(text);
  },
);

it('does not follow a symbolic link', async () => {
  await loadOrCreateMasterKey(join(dir, 'real.key'));
  await symlink(join(dir, 'real.key'), join(dir, 'link.key'));
  await expect(loadOrCreateMasterKey(join(dir, 'link.key'))).rejects.toThrow('ELOOP');
});
