/** Does anybody see what belongs to somebody else, on any door, however the id is written? */
import type { LogEntry } from '@mcplog/log-entry';
import type { InstanceView } from '@mcplog/protocol';
import { eventually } from '@mcplog/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logsPath, untilFound } from '../src/logs.ts';
import { callTool, connectMcp } from '../src/mcp.ts';
import { openProduct, type Product } from '../src/product.ts';
import { type RawAnswer, type RawRequest, sendRaw } from '../src/raw-request.ts';
import { EVERYTHING_ITEM, openScene, type Scene } from '../src/scene.ts';
import { logIn, type Session } from '../src/session.ts';
import { openTail } from '../src/tail.ts';

const MARK = 'only-for-ann-4711';
const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'x', version: '1' },
  },
});
const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};
const JSON_BODY = { 'content-type': 'application/json' };

/** Every door behind which something of one instance lies; `{id}` stands for the id. */
const DOORS: Readonly<Record<string, RawRequest>> = {
  instance: { target: '/api/v1/mcps/{id}' },
  list: { target: '/api/v1/mcps/{id}/logs' },
  search: { target: '/api/v1/mcps/{id}/logs?search=echo' },
  csv: { target: '/api/v1/mcps/{id}/logs?format=csv' },
  lines: { target: '/api/v1/mcps/{id}/logs', headers: { accept: 'application/x-ndjson' } },
  histogram: { target: '/api/v1/mcps/{id}/logs/histogram' },
  context: { target: '/api/v1/mcps/{id}/logs/context?seq=4294967297' },
  calls: { target: '/api/v1/mcps/{id}/calls' },
  call: { target: '/api/v1/mcps/{id}/calls/1-1' },
  protocol: { target: '/api/v1/mcps/{id}/protocol' },
  export: {
    method: 'POST',
    target: '/api/v1/mcps/{id}/logs/export',
    headers: JSON_BODY,
    body: '{"format":"json"}',
  },
  ticket: { method: 'POST', target: '/api/v1/mcps/{id}/logs/ticket' },
  socket: { target: '/ws/mcps/{id}/logs', headers: UPGRADE },
  mcp: {
    method: 'POST',
    target: '/mcp/{id}',
    headers: { ...JSON_BODY, accept: 'application/json, text/event-stream' },
    body: INITIALIZE,
  },
  'mcp stream': { target: '/mcp/{id}', headers: { accept: 'text/event-stream' } },
  'mcp session': { method: 'DELETE', target: '/mcp/{id}' },
  start: { method: 'POST', target: '/api/v1/mcps/{id}/start' },
  stop: { method: 'POST', target: '/api/v1/mcps/{id}/stop' },
  restart: { method: 'POST', target: '/api/v1/mcps/{id}/restart' },
  rename: {
    method: 'PATCH',
    target: '/api/v1/mcps/{id}',
    headers: JSON_BODY,
    body: '{"name":"mine now"}',
  },
  delete: { method: 'DELETE', target: '/api/v1/mcps/{id}' },
};
const DOOR_NAMES = Object.keys(DOORS);

let product: Product;
let scene: Scene;
let ann: Session;
let bob: Session;
let annsId: string;
let bobsId: string;
let annsPid: number | null;
let missingId: string;
/** A token that was good until its owner logged out. */
let endedToken: string;

beforeAll(async () => {
  product = await openProduct();
  scene = await openScene(product);
  [ann, bob] = [await scene.addUser('ann'), await scene.addUser('bob')];
  await scene.putItem('test-everything', EVERYTHING_ITEM);
  annsId = await scene.addInstance(ann, { service: 'test-everything', name: MARK });
  bobsId = await scene.addInstance(bob, { service: 'test-everything' });
  // As long as a real one, so that answers can be compared byte for byte.
  missingId = `${annsId.slice(0, -4)}zzzz`;
  const client = await connectMcp(ann, annsId);
  await callTool(client, 'echo', { message: MARK });
  await client.close();
  await untilFound(ann, annsId, { search: 'echo' });
  endedToken = await endSession();
  annsPid = (await scene.untilState(ann, annsId, 'running')).pid;
});

afterAll(() => product?.stop());

/** What one door answers; `as` is a token, or undefined for nobody. */
function knock(name: string, id: string, as: string | undefined): Promise<RawAnswer> {
  const door = DOORS[name] as RawRequest;
  const credential = as === undefined ? {} : { authorization: `Bearer ${as}` };
  return sendRaw(product.url, {
    ...door,
    target: door.target.replace('{id}', id),
    headers: { ...door.headers, ...credential },
  });
}

/** Those that only look, and so can be tried by the owner too. */
const LOOKING = [
  ...['instance', 'list', 'search', 'csv', 'lines', 'histogram', 'context', 'export'],
  ...['calls', 'protocol'],
];

test.each([...LOOKING, 'ticket', 'socket', 'mcp'])(
  'the door "%s" opens to the owner',
  async (name) => {
    for (const id of [annsId, encoded(annsId, 1)]) {
      const answer = await knock(name, id, ann.token);
      expect(answer.status, answer.text).toBe(name === 'socket' ? 101 : 200);
    }
    const { text } = await knock('search', annsId, ann.token);
    expect(text).toContain('tools/call echo ok');
  },
);

function codeOf({ text }: RawAnswer): string {
  return (JSON.parse(text) as { error: { code: string } }).error.code;
}

describe.each(DOOR_NAMES)('the door "%s"', (name) => {
  test('answers for a foreign instance exactly as for one that does not exist', async () => {
    const foreign = await knock(name, annsId, bob.token);
    const missing = await knock(name, missingId, bob.token);
    expect([foreign.status, codeOf(foreign)]).toEqual([404, 'MCPLOG_NOT_FOUND']);
    expect(foreign.text).not.toContain(MARK);
    const plain = ({ text }: RawAnswer, id: string) => text.replaceAll(id, '{id}');
    expect(plain(foreign, annsId)).toBe(plain(missing, missingId));
  });

  test('is shut without a token and with one that is garbage, cut or ended', async () => {
    for (const token of [
      undefined,
      'garbage',
      ann.token.slice(0, -1),
      endedToken,
      'a'.repeat(4096),
    ]) {
      const answer = await knock(name, annsId, token);
      expect([answer.status, codeOf(answer)], token).toEqual([401, 'MCPLOG_NOT_LOGGED_IN']);
    }
  });

  test('knows a foreign id encoded once, and refuses one encoded more often', async () => {
    const answers = [await knock(name, encoded(annsId, 1), bob.token)];
    for (const times of [2, 3]) answers.push(await knock(name, encoded(annsId, times), bob.token));
    expect(answers.map(({ status }) => status)).toEqual([404, 400, 400]);
    expect(answers.map(({ text }) => text).join()).not.toContain(MARK);
  });

  test('opens to no odd way of writing the path', async () => {
    const door = DOORS[name] as RawRequest;
    for (const token of [undefined, bob.token]) {
      const headers = { ...door.headers, ...(token && { authorization: `Bearer ${token}` }) };
      for (const target of oddPaths(door.target)) {
        const answer = await sendRaw(product.url, { ...door, target, headers });
        expect(answer.status, target).toBeGreaterThanOrEqual(400);
        expect(answer.status, target).toBeLessThan(500);
        expect(answer.text).not.toContain(MARK);
      }
    }
  });
});

/** The path with its id written as `%61%6e…`, and that once more. */
function encoded(id: string, times: number): string {
  const hex = (letter: string) => `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`;
  let text = id.replaceAll(/./g, hex);
  for (let more = 1; more < times; more++) text = text.replaceAll('%', '%25');
  return text;
}

/** Bob's own id followed by a way to Ann's, and Ann's path in forms that programs read differently. */
function oddPaths(target: string): string[] {
  const path = target.replace('{id}', annsId);
  const throughOwn = (way: string) => target.replace('{id}', `${bobsId}${way}${annsId}`);
  return [
    `/${path}`,
    path.replace('/mcps/', '//mcps/').replace('/mcp/', '//mcp/'),
    path.replace('/mcps/', '/./mcps/').replace('/mcp/', '/./mcp/'),
    path.replace(annsId, `${annsId};x=1`),
    path.replace(annsId, `${annsId}%00`),
    path.replace(annsId, `${annsId}%2e`),
    path.replace(annsId, `x%2f..%2f${annsId}`),
    path.replace('/mcps/', '%2fmcps%2f').replace('/mcp/', '%2fmcp%2f'),
    throughOwn('/../'),
    throughOwn('/%2e%2e/'),
    throughOwn('%2f..%2f'),
    throughOwn('%5c..%5c'),
    throughOwn('/..;/'),
    throughOwn('%252f..%252f'),
  ];
}

/** Ends the session of a user of its own. */
async function endSession(): Promise<string> {
  const guest = await scene.addUser('guest');
  await guest.call('POST', '/api/v1/auth/logout');
  await eventually(async () => (await guest.send('GET', '/api/v1/mcps')).status === 401);
  return guest.token;
}

test('nobody is told of foreign instances in the list', async () => {
  const own = await bob.call<InstanceView[]>('GET', '/api/v1/mcps');
  expect(own.map(({ id }) => id)).toEqual([bobsId]);
});

test('a ticket opens only the instance it was made for', async () => {
  const { ticket } = await bob.call<{ ticket: string }>(
    'POST',
    `/api/v1/mcps/${bobsId}/logs/ticket`,
  );
  await expect(openTail(bob, annsId, { ticket })).rejects.toThrow(/refused with 40[14]/);
});

test('a cursor of one instance shows nothing of another', async () => {
  const { pagination } = await ann.call<{ pagination: { next_cursor: string } }>(
    'GET',
    logsPath(annsId, { limit: 1 }),
  );
  const cursor = pagination.next_cursor;
  const answer = await bob.send('GET', logsPath(bobsId, { cursor }));
  expect(await answer.text()).not.toContain(MARK);
});

test('administrators do not read what instances of users say', async () => {
  const answer = await scene.admin.send('GET', logsPath(annsId));
  expect(answer.status).toBe(403);
});

test("users get none of the administrators' doors", async () => {
  const doors: readonly [string, string, unknown?][] = [
    ['GET', '/api/v1/admin/users'],
    ['POST', '/api/v1/admin/users', { username: 'x', password: 'x'.repeat(12), role: 'admin' }],
    ['PUT', '/api/v1/admin/catalogue/mine', { command: 'sh', args: [] }],
    ['GET', '/api/v1/admin/logs/system'],
    ['GET', '/api/v1/admin/logs/health'],
    ['POST', '/api/v1/admin/logs/ticket'],
  ];
  for (const [method, path, body] of doors) {
    const answer = await bob.send(method, path, body === undefined ? {} : { body });
    expect(answer.status, path).toBe(403);
  }
});

test('nothing of all that changed the instance, and it is in the audit log', async () => {
  const view = await ann.call<InstanceView>('GET', `/api/v1/mcps/${annsId}`);
  expect(view).toMatchObject({ status: 'running', desired: 'running', pid: annsPid, name: MARK });
  const path = `/api/v1/admin/logs/system?category=audit&time_range=1h&limit=1000&search=${bob.user.id}`;
  await eventually(async () => {
    const { logs } = await scene.admin.call<{ logs: LogEntry[] }>('GET', path);
    const hidden = logs.filter(({ metadata }) => metadata.outcome === 'hidden');
    const told = new Set(hidden.map(({ metadata }) => `${metadata.action} ${metadata.instanceId}`));
    for (const action of ['logs.read', 'logs.export', 'logs.tail']) {
      expect(told).toContain(`${action} ${annsId}`);
    }
    return true;
  });
});

test('a stolen page cannot call from elsewhere: foreign Host and Origin are refused', async () => {
  const target = `/api/v1/mcps/${annsId}/logs`;
  const authorization = `Bearer ${ann.token}`;
  for (const stranger of [{ host: 'evil.example' }, { origin: 'http://evil.example' }]) {
    const answer = await sendRaw(product.url, { target, headers: { authorization, ...stranger } });
    expect([answer.status, codeOf(answer)]).toEqual([403, 'MCPLOG_FOREIGN_HOST']);
  }
});

test('a wrong password and an unknown user are refused alike', async () => {
  const wrong = logIn(product.url, ann.user.username, 'not the password at all');
  await expect(wrong).rejects.toMatchObject({ status: 401, code: 'MCPLOG_BAD_LOGIN' });
  const unknown = logIn(product.url, 'nobody-at-all', 'not the password at all');
  await expect(unknown).rejects.toMatchObject({ status: 401, code: 'MCPLOG_BAD_LOGIN' });
});
