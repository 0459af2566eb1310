/** Is bad input answered with a clear error or an honest entry, and does nothing crash or get lost? */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { LogEntry } from '@mcplog/log-entry';
import type { InstanceView } from '@mcplog/protocol';
import { eventually, freePort, makeTempDir } from '@mcplog/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingInRuns, numbersIn } from '../src/ledger.ts';
import { logsPath, readNdjson, untilFound } from '../src/logs.ts';
import { type Client, callTool, connectMcp } from '../src/mcp.ts';
import { PARTS } from '../src/processes.ts';
import { isRemote, openProduct, type Product, runStart } from '../src/product.ts';
import { NUMBERED_ITEM, openScene, type Scene } from '../src/scene.ts';
import type { SendOptions, Session } from '../src/session.ts';
import { openTail } from '../src/tail.ts';

const LONG_LINE_BYTES = 10 * 1024 * 1024;
const BURST_LINES = 100_000;

let product: Product;
let scene: Scene;
let ann: Session;
let id: string;
let client: Client;
let pidsBefore: unknown;

beforeAll(async () => {
  product = await openProduct();
  scene = await openScene(product);
  ann = await scene.addUser('ann');
  await scene.putItem('test-numbered', NUMBERED_ITEM);
  id = await scene.addInstance(ann, { service: 'test-numbered' });
  client = await connectMcp(ann, id);
  pidsBefore = pids();
});

afterAll(async () => {
  await client?.close();
  await product?.stop();
});

/** Every part with its pid; a crash and restart would change it. */
function pids(): unknown {
  return PARTS.map((part) => [part, product.local?.pidOf(part)]);
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  /** Where the problems are. */
  readonly paths: readonly string[];
  /** Message and problems. */
  readonly words: string;
}

async function refusal(method: string, path: string, options: SendOptions = {}): Promise<Refusal> {
  return refusalOf(await ann.send(method, path, options));
}

async function refusalOf(answer: Response): Promise<Refusal> {
  const { error } = (await answer.json()) as {
    error: { code: string; message: string; details?: { path: string; problem: string }[] };
  };
  const details = error.details ?? [];
  return {
    status: answer.status,
    code: error.code,
    paths: details.map(({ path }) => path),
    words: [error.message, ...details.map(({ problem }) => problem)].join(' '),
  };
}

describe('a request', () => {
  test.each(['_x', '-x', 'a b', 'a.b', 'ä', 'x'.repeat(65), 'a\u0000', "a'--", '%', '{}'])(
    'with the id %j is refused, and told what an id looks like',
    async (bad) => {
      for (const path of ['', '/logs', '/logs/histogram']) {
        const told = await refusal('GET', `/api/v1/mcps/${encodeURIComponent(bad)}${path}`);
        expect(told).toMatchObject({ status: 400, code: 'MCPLOG_BAD_ID' });
        expect(told.words).toContain('A-Za-z0-9');
      }
    },
  );

  test.each([
    ['limit', '0', '>= 1'],
    ['limit', '1001', '<= 1000'],
    ['limit', 'many', 'integer'],
    ['limit', '1.5', 'integer'],
    ['offset', '-1', '>= 0'],
    ['order', 'sideways', 'asc, desc'],
    ['format', 'xml', 'json, csv, txt'],
    ['min_level', 'loud', 'debug, info, warn, error'],
    ['level', 'loud', 'debug, info, warn, error'],
    ['file', '../app', 'app, access, error'],
    ['type', 'stdlog', 'stdout, stderr'],
    ['start_time', 'yesterday', 'ISO 8601'],
    ['end_time', '2025-02-30', 'ISO 8601'],
    ['search', 'x'.repeat(1025), '1024'],
  ])('with %s=%s is refused with what is accepted', async (name, value, accepted) => {
    const told = await refusal('GET', logsPath(id, { [name]: value }));
    expect(told).toMatchObject({ status: 400, code: 'MCPLOG_BAD_REQUEST' });
    expect(told.paths.join()).toContain(name);
    expect(told.words).toContain(accepted);
  });

  test.each(['(', '[a', 'a{2,1}', '(?<n', '(a)\\1', '(?=a)', 'x'.repeat(513)])(
    'with the regular expression %j is refused',
    async (regex) => {
      const told = await refusal('GET', logsPath(id, { regex }));
      expect(told.status).toBe(400);
      expect(told.words).toMatch(/regex|expression|512/i);
    },
  );

  test('with a regular expression that is slow elsewhere is answered', async () => {
    const { status } = await ann.send(
      'GET',
      logsPath(id, { regex: '^(([a-z])+.)+[A-Z]([a-z])+$' }),
    );
    expect(status).toBe(200);
  });

  test('with an unknown parameter is refused with those that there are', async () => {
    const told = await refusal('GET', logsPath(id, { colour: 'red', limit: 5 }));
    expect(told).toMatchObject({ status: 400, code: 'MCPLOG_UNKNOWN_PARAMETER' });
    expect(told.paths.join()).toContain('colour');
    expect(told.words).toContain('min_level');
  });

  test('with many problems is told all of them at once', async () => {
    const told = await refusal('GET', logsPath(id, { limit: 0, offset: -1, order: 'x' }));
    for (const name of ['limit', 'offset', 'order']) expect(told.paths.join()).toContain(name);
    const filters = await refusal(
      'GET',
      logsPath(id, { level: 'loud', start_time: 'x', type: 'y' }),
    );
    for (const name of ['level', 'start_time', 'type']) {
      expect(filters.paths.join()).toContain(name);
    }
  });

  test('with a time range that ends before it begins is refused', async () => {
    const range = { start_time: '2026-01-02', end_time: '2026-01-01' };
    expect((await refusal('GET', logsPath(id, range))).paths.join()).toContain('end_time');
  });

  test.each(['x', 's1-zz-zz', ''])('with the cursor %j is refused', async (cursor) => {
    const told = await refusal('GET', logsPath(id, { cursor }));
    expect(told).toMatchObject({ status: 400, code: 'MCPLOG_BAD_CURSOR' });
  });

  test('with a body that is no JSON, of a wrong type or too large is refused', async () => {
    const post = async (body: string, type = 'application/json') =>
      refusalOf(
        await fetch(`${product.url}/api/v1/mcps`, {
          method: 'POST',
          headers: { authorization: `Bearer ${ann.token}`, 'content-type': type },
          body,
        }),
      );
    expect(await post('{"service":')).toMatchObject({ status: 400, code: 'MCPLOG_BAD_REQUEST' });
    expect(await post('[]')).toMatchObject({ status: 400 });
    expect(await post('<x/>', 'text/xml')).toMatchObject({ status: 415 });
    const large = JSON.stringify({ service: 'x', name: 'x'.repeat(20 * 1024 * 1024) });
    expect(await post(large)).toMatchObject({ status: 413, code: 'MCPLOG_TOO_LARGE' });
  });

  test('for an instance whose values do not fit is told each that does not', async () => {
    await scene.putItem('test-strict', {
      ...NUMBERED_ITEM,
      env: { TOKEN: { secret: true, required: true } },
    });
    const body = { service: 'test-strict', env: { OTHER: 'x' } };
    const told = await eventually(async () => {
      const answer = await refusal('POST', '/api/v1/mcps', { body });
      return answer.paths.length === 2 && answer;
    });
    expect(told.paths).toEqual(['env.TOKEN', 'env.OTHER']);
    const unknown = await refusal('POST', '/api/v1/mcps', { body: { service: 'no-such-item' } });
    expect(unknown.words).toContain('test-strict');
  });

  test('for an export that does not exist is refused', async () => {
    const told = await refusal('POST', `/api/v1/mcps/${id}/logs/export`, {
      body: { format: 'pdf', filters: { level: 'error', colour: 'red' } },
    });
    expect(told).toMatchObject({ status: 400, code: 'MCPLOG_BAD_REQUEST' });
    expect(told.words).toContain('json, csv, txt, zip');
  });

  test('for a page that does not exist is a 404 in the same shape', async () => {
    expect(await refusal('GET', '/api/v1/nothing')).toMatchObject({
      status: 404,
      code: 'MCPLOG_NOT_FOUND',
    });
    const method = await refusal('PUT', `/api/v1/mcps/${id}/logs`);
    expect(method.status).toBeGreaterThanOrEqual(404);
    expect(method.status).toBeLessThanOrEqual(405);
  });
});

test('a WebSocket that asks for nonsense is told so and stays open', async () => {
  const tail = await openTail(ann, id, { filters: { level: 'loud' } });
  expect(tail.others[0]).toMatchObject({ type: 'error', error: { code: 'MCPLOG_BAD_REQUEST' } });
  tail.close();
  const resumed = await openTail(ann, id, { resume: 'nonsense' });
  expect(resumed.others[0]).toMatchObject({ type: 'error', error: { code: 'MCPLOG_BAD_CURSOR' } });
  resumed.close();
});

test('a command that does not exist is a failed instance whose log says why', async () => {
  await scene.putItem('test-missing', { command: 'no-such-program-4711', args: [] });
  const missing = await scene.addInstance(ann, { service: 'test-missing', until: 'failed' });
  const [entry] = await untilFound(ann, missing, { level: 'error' });
  expect(entry?.message).toContain('no-such-program-4711');
  expect(entry?.metadata.type).toBe('system');
  const answer = await refusal('POST', `/mcp/${missing}`, { body: {} });
  expect(answer).toMatchObject({ status: 409, code: 'MCPLOG_INSTANCE_NOT_RUNNING' });
});

describe('a server', () => {
  test('that prints binary and invalid UTF-8 has entries that say so', async () => {
    await callTool(client, 'binary', { bytes: 4096 });
    await callTool(client, 'print', { stream: 'stderr', text: '' });
    await callTool(client, 'invalid_utf8');
    const [broken] = await untilFound(ann, id, { regex: '^broken .* end$' });
    expect(broken?.metadata.invalidUtf8).toBe(true);
    const [binary] = await untilFound(ann, id, { 'meta.binary': 'true' });
    expect(binary?.message).toContain('\\x10\\x11\\x12');
  });

  test('that prints 10 MB without a newline has an entry with its length and hash', async () => {
    await callTool(client, 'no_newline', { bytes: LONG_LINE_BYTES });
    await callTool(client, 'print', { stream: 'stderr', text: '' });
    const [long] = await untilFound(ann, id, { 'meta.cut': 'true' });
    const whole = 'x'.repeat(LONG_LINE_BYTES);
    expect(long?.metadata).toMatchObject({
      originalBytes: LONG_LINE_BYTES,
      originalSha256: createHash('sha256').update(whole).digest('hex'),
    });
    expect(long?.message.length).toBeGreaterThan(1024);
    expect(long?.message.length).toBeLessThanOrEqual(64 * 1024);
  });

  test('that prints words over its protocol has them as entries', async () => {
    await callTool(client, 'print', { stream: 'stdout', text: 'no JSON on stdout' });
    const [line] = await untilFound(ann, id, { search: 'no JSON on stdout' });
    expect(line?.metadata.type).toBe('stdout');
  });

  test('that prints 100,000 lines at once has them all, in order', async () => {
    const told = JSON.parse(await callTool(client, 'burst', { count: BURST_LINES, bytes: 100 }));
    await untilFound(ann, id, { search: `line ${told.last}.` });
    const all = await readNdjson(ann, logsPath(id, { order: 'asc' }));
    const wanted = Array.from({ length: BURST_LINES }, (_, index) => told.first + index);
    expect(numbersIn(all)).toEqual(wanted);
    expect(missingInRuns(all)).toEqual({});
    expect(all.map(({ timestamp }) => timestamp)).toEqual(
      all.map(({ timestamp }) => timestamp).toSorted(),
    );
  });
});

describe.skipIf(isRemote)('a wrong setting', () => {
  /** What the product says when it refuses to start, and its exit status. */
  async function startWith(flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const dir = await makeTempDir('wrong');
    const folders = ['--logs', join(dir, 'logs'), '--data', join(dir, 'data')];
    const program = await runStart([...folders, ...flags], env);
    const { code } = await program.exited;
    return { code, output: program.output() };
  }

  test('ends the start with every problem listed', async () => {
    const wrong = { MCPLOG_ADMIN_PASSWORD: 'short', MCPLOG_DEMO: 'perhaps' };
    const { code, output } = await startWith(['--port', '70000'], wrong);
    expect(code).toBeGreaterThan(0);
    expect(output).toContain('--port');
    expect(output).toContain('MCPLOG_ADMIN_PASSWORD');
    expect(output).toContain('MCPLOG_DEMO');
    expect(output).not.toContain('mcplog ready');
  });

  test('of one service ends the start too, and its words are shown', async () => {
    const wrong = { MCPLOG_SPOOL_BYTES_MAX: 'plenty' };
    const { code, output } = await startWith(
      ['--no-demo', '--port', String(await freePort())],
      wrong,
    );
    expect(code).toBeGreaterThan(0);
    expect(output).toContain('MCPLOG_SPOOL_BYTES_MAX');
  });

  test('such as an unknown flag is refused with those that there are', async () => {
    const { code, output } = await startWith(['--prot', '7070']);
    expect(code).toBeGreaterThan(0);
    expect(output).toContain('--prot');
    expect(output).toContain('--port');
  });
});

test('after all that every part still runs and the system is healthy', async () => {
  expect(pids()).toEqual(pidsBefore);
  const view = await ann.call<InstanceView>('GET', `/api/v1/mcps/${id}`);
  expect(view).toMatchObject({ status: 'running', run: 1 });
  await eventually(async () => {
    type Health = { log_system_health: string; alerts: unknown[] };
    const health = await scene.admin.call<Health>('GET', '/api/v1/admin/logs/health');
    expect(health).toMatchObject({ log_system_health: 'healthy', alerts: [] });
    return true;
  });
  const crashes = await scene.admin.call<{ logs: LogEntry[] }>(
    'GET',
    '/api/v1/admin/logs/system?level=critical&time_range=1h',
  );
  expect(crashes.logs).toEqual([]);
});
