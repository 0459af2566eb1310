import {
  type ChildProgram,
  eventually,
  freePort,
  realMcpServers,
  startProgram,
} from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { errandsFor } from '../src/scripts.ts';
import { openVisit, type Visit, VisitEnded } from '../src/visit.ts';

let server: ChildProgram;
let url: URL;
const end = new AbortController();
beforeAll(async () => {
  const port = await freePort();
  const { command, args } = realMcpServers().everything;
  server = await startProgram(command, {
    args: [...args, 'streamableHttp'],
    env: { PORT: String(port) },
  });
  url = new URL(`http://127.0.0.1:${port}/mcp`);
  await eventually(async () => (await fetch(url)).status > 0);
});
afterAll(async () => {
  end.abort();
  await server.end('SIGTERM');
});

const visitWith = (pause: () => Promise<boolean>): Promise<Visit> =>
  openVisit({ url, token: 'a-token', signal: end.signal, pause });

test('a call answers its text, and a tool that is not there answers nothing', async () => {
  const visit = await visitWith(async () => true);
  expect(visit.tools).toContain('echo');
  expect(await visit.call('echo', { message: 'hello' })).toContain('hello');
  expect(await visit.call('make-coffee', {})).toBeUndefined();
  expect(visit.calls).toBe(2);
  await visit.close();
});

test('a call that is thought better of ends early and the next one works', async () => {
  const visit = await visitWith(async () => true);
  const long = { duration: 60, steps: 60 };
  expect(
    await visit.call('trigger-long-running-operation', long, { cancelAfterMs: 100 }),
  ).toBeUndefined();
  expect(await visit.call('get-sum', { a: 1, b: 2 })).toContain('3');
  await visit.close();
});

test('when the visit is to end, the next call says so and is not made', async () => {
  const visit = await visitWith(async () => false);
  await expect(visit.call('echo', { message: 'x' })).rejects.toThrow(VisitEnded);
  expect(visit.calls).toBe(0);
  await visit.close();
});

test('a server that is gone is an error, so that a new visit is made', async () => {
  const visit = await visitWith(async () => true);
  await server.end('SIGKILL');
  await expect(visit.call('echo', { message: 'x' })).rejects.toThrow();
});

test('every server of the demo has errands, an unknown one has none', () => {
  for (const service of ['everything', 'filesystem', 'memory', 'sequential-thinking']) {
    expect(errandsFor(service).length).toBeGreaterThan(1);
  }
  expect(errandsFor('constructor')).toEqual([]);
});
