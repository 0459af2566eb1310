import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, makeTempDir } from '@mcplog/test-kit';
import { afterEach, expect, test } from 'vitest';
import { KeptProgram, type ProgramEvent } from '../src/kept-program.ts';

const programs: KeptProgram[] = [];
afterEach(() => {
  for (const program of programs.splice(0)) program.kill();
});

async function keep(code: string) {
  const logFile = join(await makeTempDir('kept'), 'program.log');
  const events: ProgramEvent[] = [];
  const plan = {
    name: 'sample',
    command: process.execPath,
    args: ['-e', code],
    cwd: '/',
    env: {},
    logFile,
    ipc: true,
    shownLine: () => undefined,
  };
  const program = new KeptProgram(plan, (event) => events.push(event));
  programs.push(program);
  return { program, logFile, events };
}

const isGone = (pid: number) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

test('a program that is killed is started again and says so', async () => {
  const { program, events } = await keep('setInterval(() => {}, 1000)');
  const first = program.pid as number;
  process.kill(first, 'SIGKILL');
  await eventually(() => program.pid !== first && program.pid !== undefined);
  expect(program.endings).toBe(1);
  expect(events.map(({ event }) => event)).toEqual([
    'process_started',
    'process_crashed',
    'process_started',
  ]);
  expect(events[1]?.message).toBe('sample ended (SIGKILL); starting it again');
});

test('one that ends at once is started again and again, later each time', async () => {
  const { program, events } = await keep('process.exit(3)');
  await eventually(() => program.endings >= 3);
  const crashes = events.filter(({ event }) => event === 'process_crashed');
  expect(crashes.map(({ message }) => message).slice(0, 3)).toEqual([
    'sample ended (status 3); starting it again',
    'sample ended (status 3); starting it again in 250 ms',
    'sample ended (status 3); starting it again in 500 ms',
  ]);
});

test('a program that is not there counts as ended, with the reason', async () => {
  const logFile = join(await makeTempDir('kept'), 'program.log');
  const events: ProgramEvent[] = [];
  const program = new KeptProgram(
    {
      name: 'ghost',
      command: '/no/such/program',
      args: [],
      cwd: '/',
      env: {},
      logFile,
      ipc: false,
      shownLine: () => undefined,
    },
    (event) => events.push(event),
  );
  programs.push(program);
  await eventually(() => program.endings >= 1);
  expect(events[0]?.message).toContain('ENOENT');
});

test('stop ends it, by force when it does not listen, with everything in its group', async () => {
  const { program, logFile } = await keep(`
    process.on('SIGTERM', () => {});
    const { spawn } = require('node:child_process');
    console.log('child', spawn('sleep', ['600']).pid);
    setInterval(() => {}, 1000)`);
  const child = await eventually(() => /child (\d+)/.exec(readFileSync(logFile, 'utf8'))?.[1]);
  const pid = program.pid as number;
  await program.stop(200);
  await eventually(() => isGone(pid) && isGone(Number(child)));
  expect(program.endings).toBe(0);
});

test('what it prints is in its file, and the previous file is kept', async () => {
  const { program, logFile } = await keep(
    'console.log("first words"); setInterval(() => {}, 1000)',
  );
  await eventually(() => readFileSync(logFile, 'utf8').includes('first words'));
  await program.stop(2_000);
  const again = new KeptProgram(program.plan);
  programs.push(again);
  await eventually(() => readFileSync(logFile, 'utf8').includes('first words'));
  expect(readFileSync(`${logFile}.1`, 'utf8')).toBe('first words\n');
  expect(again.lastLines(1)).toEqual(['first words']);
});
