import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { hasMembers, listGroup, listGroups } from './proc.ts';

test('one look finds the members of every group', async () => {
  const child = spawn('sh', ['-c', 'sleep 60 & sleep 60'], { detached: true });
  const pid = child.pid as number;
  try {
    await expect.poll(() => listGroup(pid).length).toBeGreaterThan(1);
    const groups = await listGroups();
    expect(groups.get(pid)).toEqual(listGroup(pid).map((member) => member.pid));
    expect([...groups.values()].flat()).toContain(process.pid);
  } finally {
    process.kill(-pid, 'SIGKILL');
  }
});

test('a group has members until the last one is gone', async () => {
  const child = spawn('sleep', ['60'], { detached: true });
  const pid = child.pid as number;
  await once(child, 'spawn');
  expect(hasMembers(pid)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(hasMembers(pid)).toBe(false);
});
