import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { eventually, isAlive, startProgram } from '../src/index.ts';

const KIT = fileURLToPath(new URL('../src/index.ts', import.meta.url));

test('a test process killed with SIGKILL leaves no server and no folder behind', async () => {
  const script = `
    const { startNats } = await import(${JSON.stringify(KIT)});
    const nats = await startNats();
    console.log(JSON.stringify({ pid: nats.pid, storeDir: nats.storeDir }));
    setInterval(() => {}, 1000);
  `;
  const program = await startProgram(process.execPath, {
    args: ['--input-type=module', '-e', script],
  });
  const told = await eventually(() => /^\{.*\}$/m.exec(program.output()));
  const { pid, storeDir } = JSON.parse(told[0]) as { pid: number; storeDir: string };
  expect(isAlive(pid)).toBe(true);
  expect(existsSync(storeDir)).toBe(true);
  await program.end('SIGKILL');
  await eventually(() => !isAlive(pid) && !existsSync(storeDir));
});

test('a process that ends by itself is not held open by its janitor', async () => {
  const script = `
    const { makeTempDir } = await import(${JSON.stringify(KIT)});
    console.log(await makeTempDir());
  `;
  const program = await startProgram(process.execPath, {
    args: ['--input-type=module', '-e', script],
  });
  expect(await program.exited).toEqual({ code: 0, signal: null });
  await eventually(() => !existsSync(program.output().trim()));
});
