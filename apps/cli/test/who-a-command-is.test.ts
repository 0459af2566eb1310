import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTempDir } from '@mcplog/test-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LocalServer, refuse, sendJson, startLocalServer } from './local-server.ts';
import { cleanEnv, mcplog, run } from './run-cli.ts';

let dir: string;
let server: LocalServer;
let env: Record<string, string | undefined>;
let tokens: string[];

beforeEach(async () => {
  dir = await makeTempDir('cli');
  env = cleanEnv(dir);
  tokens = [];
  server = await startLocalServer((request, response, body) => {
    if (request.url === '/api/v1/auth/login') {
      const { username, password } = JSON.parse(body) as Record<string, string>;
      if (password !== 'right password') return refuse(response, 401, 'MCPLOG_BAD_LOGIN');
      const user = { id: 'u-1', username, role: 'user' };
      const data = { token: 'from-login', expires_at: '2026-11-24T00:00:00.000Z', user };
      return sendJson(response, 200, { data });
    }
    tokens.push(request.headers.authorization ?? '');
    return sendJson(response, 200, { data: [] });
  });
});

afterEach(() => server.close());

const credentials = () => join(dir, 'config', 'mcplog', 'credentials.json');
const login = (password: string) =>
  run(mcplog('login', '--url', server.url, '--username', 'ada'), { env, input: `${password}\n` });
const list = (more: Record<string, string> = {}, ...args: string[]) =>
  run(mcplog('instances', ...args), { env: { ...env, ...more } });

function offerLocalAccess(): void {
  mkdirSync(join(dir, 'data'));
  const file = join(dir, 'data', 'local-access.json');
  writeFileSync(file, JSON.stringify({ url: server.url, token: 'local' }));
}

it('a login is stored for its owner alone and used by the other commands', async () => {
  const end = await login('right password');
  expect(end.code).toBe(0);
  expect(end.stdout.toString()).not.toContain('from-login');
  expect(statSync(credentials()).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(credentials(), 'utf8'))).toEqual({
    url: server.url,
    token: 'from-login',
  });
  await list();
  expect(tokens).toEqual(['Bearer from-login']);
});

it('a refused login stores nothing', async () => {
  const end = await login('wrong');
  expect(end.code).toBe(1);
  expect(end.stderr.toString()).toBe('mcplog: refused: MCPLOG_BAD_LOGIN [MCPLOG_BAD_LOGIN]\n');
  expect(existsSync(credentials())).toBe(false);
});

it('logout ends the session and forgets it', async () => {
  await login('right password');
  const end = await run(mcplog('logout'), { env });
  expect(end.code).toBe(0);
  expect(tokens).toEqual(['Bearer from-login']);
  expect(existsSync(credentials())).toBe(false);
  expect((await list()).stderr.toString()).toContain('not logged in');
});

it('flags stand above the environment, that above a login, that above the local file', async () => {
  offerLocalAccess();
  await list();
  await login('right password');
  await list();
  await list({ MCPLOG_TOKEN: 'environment', MCPLOG_URL: server.url });
  await list({ MCPLOG_TOKEN: 'environment', MCPLOG_URL: server.url }, '--token', 'flag');
  expect(tokens).toEqual(['local', 'from-login', 'environment', 'flag'].map((t) => `Bearer ${t}`));
});

it('a stored token is never sent to another platform', async () => {
  await login('right password');
  const other = await startLocalServer((request, response) => {
    tokens.push(request.headers.authorization ?? '');
    sendJson(response, 200, { data: [] });
  });
  const end = await list({}, '--url', other.url);
  expect(end.code).toBe(1);
  expect(end.stderr.toString()).toContain(`not logged in at ${other.url}`);
  expect(tokens).toEqual([]);
  await other.close();
});

it('wrong settings are all named', async () => {
  const end = await list({ MCPLOG_URL: 'ftp://x', MCPLOG_PORT: '99999' });
  expect(end.code).toBe(2);
  expect(end.stderr.toString()).toMatch(/MCPLOG_PORT.*MCPLOG_URL/);
});

it('doctor says what is wrong, for people and for programs', async () => {
  await login('right password');
  const open = join(dir, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  const end = await run(mcplog('doctor', '--json', '--data', open, '--logs', join(dir, 'l')), {
    env,
  });
  const findings = end.stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { check: string; status: string; todo?: string });
  const of = (check: string) => findings.find((finding) => finding.check === check);
  expect(of('node')?.status).toBe('ok');
  expect(of('data folder')).toMatchObject({ status: 'warn', todo: `chmod 700 ${open}` });
  expect(of('log folder')?.status).toBe('ok');
  const failed = findings.some(({ status }) => status === 'fail');
  expect(end.code).toBe(failed ? 1 : 0);
});
