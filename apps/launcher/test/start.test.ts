import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ChildProgram,
  eventually,
  isAlive,
  makeTempDir,
  startProgram,
} from '@mcplog/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const PASSWORD = 'the-first-password';
const START_MS = 90_000;
/** Several starts of seven processes, on whatever machine. */
const TEST_MS = 240_000;

const launch = (args: readonly string[], env: Record<string, string> = {}) =>
  startProgram(process.execPath, { args: [MAIN, ...args], env });

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const program = await launch(args, env);
  const { code } = await program.exited;
  return { code, output: program.output() };
}

const readyUrl = (program: ChildProgram) =>
  eventually(() => /^mcplog ready: (http:\/\/127\.0\.0\.1:\d+)$/m.exec(program.output())?.[1], {
    timeoutMs: START_MS,
  });

/** The processes below this one, and those that name the folder. */
function processesOf(pid: number, dir: string): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' });
  const all = rows.split('\n').flatMap((row) => {
    const [, own = '', parent = '', args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
    return own === '' ? [] : [{ pid: Number(own), parent: Number(parent), args }];
  });
  const below = (parent: number): number[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one.pid, ...below(one.pid)]);
  return [
    ...new Set([
      ...below(pid),
      ...all.filter(({ args }) => args.includes(dir)).map((one) => one.pid),
    ]),
  ];
}

describe('what is refused', () => {
  test('an unknown flag, with the flags there are and status 2', async () => {
    const { code, output } = await run(['--prot', '7070']);
    expect(code).toBe(2);
    expect(output).toContain("Unknown option '--prot'");
    expect(output).toContain('--port N');
  });

  test('every wrong value at once, with status 2', async () => {
    const { code, output } = await run(['--port', 'eighty'], { MCPLOG_ADMIN_PASSWORD: 'short' });
    expect(code).toBe(2);
    expect(output).toContain('--port: "eighty" is not accepted');
    expect(output).toContain('MCPLOG_ADMIN_PASSWORD: a value of 5 characters is not accepted');
  });

  test('a port that is taken, naming the port and the flag, with status 1', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await eventually(() => server.listening);
    const { port } = server.address() as { port: number };
    const data = await makeTempDir('launcher');
    const { code, output } = await run(['--port', String(port), '--data', data]);
    server.close();
    expect(code).toBe(1);
    expect(output).toContain(`port ${port} cannot be used`);
    expect(output).toContain('--port N');
  });

  test('a new password where mcplog never ran', async () => {
    const data = join(await makeTempDir('launcher'), 'data');
    const { code, output } = await run(['--reset-admin-password', '--data', data]);
    expect(code).toBe(1);
    expect(output).toContain('never ran');
  });
});

test('help is on stdout with status 0', async () => {
  const { code, output } = await run(['--help']);
  expect(code).toBe(0);
  expect(output).toContain('--no-demo');
});

describe('the whole product', () => {
  let root: string;
  let args: string[];
  let product: ChildProgram;
  let url: string;
  beforeAll(async () => {
    root = await makeTempDir('launcher');
    args = ['--port', '0', '--data', join(root, 'data'), '--logs', join(root, 'logs'), '--no-demo'];
    product = await launch(args, { MCPLOG_ADMIN_PASSWORD: PASSWORD });
    url = await readyUrl(product);
  }, TEST_MS);
  afterAll(() => product.end('SIGTERM'));

  const login = async (password: string) => {
    const answer = await fetch(`${url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password }),
    });
    const body = (await answer.json()) as { data?: { token: string } };
    return { status: answer.status, token: body.data?.token ?? '' };
  };
  const pidOf = (app: string) =>
    eventually(() => {
      const children = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' });
      const own = new RegExp(`^\\s*(\\d+)\\s+${product.pid}\\s.*apps/${app}/`, 'm');
      return Number(own.exec(children)?.[1] ?? 0) || undefined;
    });

  test('the given password opens the door, and is shown nowhere', async () => {
    expect((await login(PASSWORD)).status).toBe(200);
    expect(product.output()).not.toContain(PASSWORD);
    expect(product.output().trimEnd().split('\n').at(-1)).toBe(`mcplog ready: ${url}`);
  });

  test('everything that is secret is readable by its owner only', () => {
    const data = join(root, 'data');
    expect(statSync(data).mode & 0o777).toBe(0o700);
    for (const file of ['master.key', 'local-access.json', 'nats/nats.conf', 'bus/admin-api.nk']) {
      expect(statSync(join(data, file)).mode & 0o777, file).toBe(0o600);
    }
  });

  test('the command line tool finds a session of the administrator', async () => {
    const { url: origin, token } = JSON.parse(
      readFileSync(join(root, 'data', 'local-access.json'), 'utf8'),
    );
    const answer = await fetch(`${origin}/api/v1/auth/me`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await answer.json()).toMatchObject({ data: { user: { username: 'admin' } } });
  });

  test('a second one on the same data is refused with the pid of the first', async () => {
    const { code, output } = await run(args);
    expect(code).toBe(1);
    expect(output).toContain(`in use by mcplog with pid ${product.pid}`);
    expect((await login(PASSWORD)).status).toBe(200);
  });

  test.each(['query-api', 'admin-api', 'dashboard'])(
    '%s is started again when killed',
    async (app) => {
      const before = await pidOf(app);
      process.kill(before, 'SIGKILL');
      await eventually(async () => (await pidOf(app)) !== before);
      await eventually(async () => (await login(PASSWORD)).status === 200);
      expect(product.output()).toContain(`${app} ended (SIGKILL); starting it again`);
    },
  );

  test('the bus is started again when killed, and everybody finds it', async () => {
    const pidFile = join(root, 'data', 'run', 'nats-server.pid');
    const before = readFileSync(pidFile, 'utf8');
    process.kill(Number(before), 'SIGKILL');
    await eventually(() => ![before, ''].includes(readFileSync(pidFile, 'utf8')));
    await eventually(async () => (await login(PASSWORD)).status === 200, { timeoutMs: 30_000 });
  });

  test('what was started and restarted is in the system log', async () => {
    const { token } = await login(PASSWORD);
    await eventually(async () => {
      const answer = await fetch(`${url}/api/v1/admin/logs/system?category=pm2&search=query-api`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const { data } = (await answer.json()) as { data: { logs: { message: string }[] } };
      return data.logs.some(({ message }) => message.startsWith('query-api ended (SIGKILL)'));
    });
  });

  test('a new password for the administrator works while mcplog runs', async () => {
    const { token } = await login(PASSWORD);
    const { code, output } = await run([...args, '--reset-admin-password']);
    expect(code).toBe(0);
    const made = /password: (\S+)/.exec(output)?.[1] ?? '';
    await eventually(async () => (await login(made)).status === 200);
    expect((await login(PASSWORD)).status).toBe(401);
    const me = await fetch(`${url}/api/v1/auth/me`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(me.status).toBe(401);
  });

  test('SIGTERM ends everything, in time and with status 0', async () => {
    const before = processesOf(product.pid, root);
    expect(before.length).toBeGreaterThanOrEqual(8);
    expect(await product.end('SIGTERM')).toMatchObject({ code: 0 });
    // The watcher of the broker is told, and goes by itself.
    await eventually(() => before.filter(isAlive).length === 0, { timeoutMs: 3_000 });
    expect(existsSync(join(root, 'data', 'mcplog.lock'))).toBe(false);
  });

  test(
    'the next start makes nothing anew and tells how a forgotten password is replaced; one that was killed outright leaves nothing behind',
    async () => {
      const again = await launch(args);
      await readyUrl(again);
      expect(again.output()).not.toMatch(/password: \S/);
      expect(again.output()).toContain('--reset-admin-password');
      const before = processesOf(again.pid, root);
      await again.end('SIGKILL');
      const third = await launch(args);
      await readyUrl(third);
      expect(await third.end('SIGINT')).toMatchObject({ code: 0 });
      await eventually(() => before.filter(isAlive).length === 0);
    },
    TEST_MS,
  );
});
