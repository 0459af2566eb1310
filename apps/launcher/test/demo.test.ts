import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, makeTempDir, startProgram } from '@mcplog/test-kit';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

async function launch(root: string) {
  const program = await startProgram(process.execPath, {
    args: [MAIN, '--port', '0', '--data', join(root, 'data'), '--logs', join(root, 'logs')],
    env: { MCPLOG_DEMO_PACE_MS: '60' },
  });
  const url = await eventually(() => /^mcplog ready: (.*)$/m.exec(program.output())?.[1], {
    timeoutMs: 90_000,
  });
  const access = JSON.parse(readFileSync(join(root, 'data', 'local-access.json'), 'utf8'));
  const instances = async () => {
    const answer = await fetch(`${url}/api/v1/mcps`, {
      headers: { authorization: `Bearer ${access.token}` },
    });
    return ((await answer.json()) as { data: { id: string; service: string }[] }).data;
  };
  return { program, instances };
}

const wordsOf = (root: string) => {
  const users = join(root, 'logs', 'users');
  return readdirSync(users, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('access.log'))
    .map((name) => readFileSync(join(users, name), 'utf8'));
};

test('the demo user has four real servers, driven with successes and failures; a restart makes no more', async () => {
  const root = await makeTempDir('demo');
  const first = await launch(root);
  const made = await first.instances();
  expect(made.map(({ service }) => service).toSorted()).toEqual([
    ...['everything', 'filesystem', 'memory', 'sequential-thinking'],
  ]);
  expect(first.program.output()).toMatch(/demo login: demo {3}password: \S{20}/);
  expect(statSync(join(root, 'data', 'demo-credentials.json')).mode & 0o777).toBe(0o600);
  await eventually(
    () => {
      const texts = wordsOf(root);
      const withCalls = texts.filter((text) => text.includes('tools/call'));
      const withFailures = texts.filter((text) => text.includes('"level":"error"'));
      return withCalls.length === 4 && withFailures.length >= 3;
    },
    { timeoutMs: 60_000 },
  );
  expect(await first.program.end('SIGINT')).toMatchObject({ code: 0 });

  const second = await launch(root);
  expect(await second.instances()).toMatchObject(made.map(({ id }) => ({ id })));
  expect(second.program.output()).not.toMatch(/password: \S/);
  const before = wordsOf(root).join('').length;
  await eventually(() => wordsOf(root).join('').length > before);
  expect(await second.program.end('SIGTERM')).toMatchObject({ code: 0 });
}, 240_000);
