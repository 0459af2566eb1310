import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bytesInWords, DiskMeter } from './disk-usage.ts';

it.each([
  [0, '0B'],
  [999, '999B'],
  [1_500_000, '1.5MB'],
  [45_000_000_000, '45GB'],
  [100_400_000_000, '100GB'],
])('%d bytes are %s', (bytes, words) => {
  expect(bytesInWords(bytes)).toBe(words);
});

it('user logs and system logs are the sizes of their files, folders below included', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'mcplog-disk-'));
  const logs = join(dir, 'logs');
  await mkdir(join(logs, 'users', 'user_a', 'mcp_b'), { recursive: true });
  await mkdir(join(logs, 'system'));
  await writeFile(join(logs, 'users', 'user_a', 'mcp_b', 'app.log'), Buffer.alloc(1_234));
  await writeFile(join(logs, 'system', 'audit.log'), Buffer.alloc(56));
  const usage = await new DiskMeter(logs).read();
  expect(usage).toMatchObject({ userLogs: 1_234, systemLogs: 56 });
  expect(usage.used).toBeGreaterThan(0);
  expect(usage.total).toBeGreaterThan(usage.used);
  await rm(dir, { recursive: true });
});

it('before anything was logged the disk is measured where the folder will be', async () => {
  const usage = await new DiskMeter(join(tmpdir(), 'mcplog-not-there', 'logs')).read();
  expect(usage).toMatchObject({ userLogs: 0, systemLogs: 0 });
  expect(usage.total).toBeGreaterThan(0);
});
