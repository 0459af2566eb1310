/** A door with a few real routes on a real port, and a way to send exactly the bytes one means. */
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { createConnection } from 'node:net';
import { tokenKey } from '@mcplog/access-control';
import type { SessionRecord } from '@mcplog/protocol';
import { InstanceParams } from '@mcplog/protocol';
import { createLogger, createMetrics } from '@mcplog/service-host';
import { Type } from 'typebox';
import {
  type AccessEvent,
  authorize,
  createHttpDoor,
  type HttpDoor,
  type HttpDoorOptions,
  subjectOf,
} from '../src/index.ts';

export const TOKENS = { anna: 'token-of-anna', berta: 'token-of-berta', admin: 'token-of-admin' };
const OWNERS = new Map([['i-anna', 'anna']]);

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into answers of many shapes
  readonly body: any;
}

export interface OpenDoor {
  readonly door: HttpDoor;
  readonly port: number;
  readonly sessions: Map<string, SessionRecord>;
  readonly events: AccessEvent[];
  readonly logged: string[];
  readonly problems: string[];
  /** Sends the target as it is; `as` adds that user's Bearer token. */
  send(target: string, options?: SendOptions): Promise<Answer>;
  /** Sends these bytes and gives everything that comes back until the connection closes. */
  sendBytes(bytes: string): Promise<string>;
}

export interface SendOptions {
  readonly method?: string;
  readonly as?: keyof typeof TOKENS;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

export function session(userId: string, overrides: Partial<SessionRecord> = {}): SessionRecord {
  const role = userId === 'admin' ? 'admin' : 'user';
  const createdAt = new Date().toISOString();
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  return { userId, username: userId, role, createdAt, expiresAt, ...overrides };
}

export async function openDoor(
  overrides: Partial<HttpDoorOptions> = {},
  addMore: (door: HttpDoor) => unknown = () => undefined,
): Promise<OpenDoor> {
  const sessions = new Map(
    Object.entries(TOKENS).map(([userId, token]) => [tokenKey(token), session(userId)]),
  );
  const events: AccessEvent[] = [];
  const logged: string[] = [];
  const problems: string[] = [];
  const door = await createHttpDoor({
    app: 'sample',
    log: createLogger({ app: 'sample', to: { write: (line) => void logged.push(line) } }),
    host: '127.0.0.1',
    port: 0,
    allowedHosts: ['logs.example.org', 'logs.example.org:8443'],
    sessions: { find: (key) => sessions.get(key) },
    metrics: createMetrics('sample'),
    problems: () => problems,
    onAccess: (event) => void events.push(event),
    ...overrides,
  });
  addRoutes(door);
  await addMore(door);
  const { port } = await door.listen();
  return {
    door,
    port,
    sessions,
    events,
    logged,
    problems,
    send: (target, options) => send(port, target, options),
    sendBytes: (bytes) => sendBytes(port, bytes),
  };
}

function addRoutes({ app }: HttpDoor): void {
  const params = InstanceParams;
  app.get('/api/v1/mcps/:instanceId', { schema: { params } }, async (request) => {
    const { instanceId: id } = request.params;
    authorize(request, 'instance.read', { id, ownerId: OWNERS.get(id) });
    return { data: { id } };
  });
  const querystring = Type.Object(
    {
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
      order: Type.Optional(Type.Enum(['asc', 'desc'])),
      search: Type.Optional(Type.String({ maxLength: 8 })),
      exact: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  );
  app.get('/api/v1/mcps/:instanceId/logs', { schema: { params, querystring } }, async (request) => {
    const { instanceId: id } = request.params;
    authorize(request, 'logs.read', { id, ownerId: OWNERS.get(id) });
    return { data: request.query };
  });
  const body = Type.Object(
    { service: Type.String({ minLength: 1 }), count: Type.Optional(Type.Integer()) },
    { additionalProperties: false },
  );
  app.post('/api/v1/mcps', { schema: { body } }, async (request, reply) => {
    return reply.code(201).send({ data: { ...request.body, by: subjectOf(request).userId } });
  });
  app.post('/api/v1/mcps/:instanceId/stop', { schema: { params } }, async (request) => {
    const { instanceId: id } = request.params;
    authorize(request, 'instance.change', { id, ownerId: OWNERS.get(id) });
    return { data: { id, body: request.body ?? null } };
  });
  app.get('/api/v1/admin/thing', async (request) => {
    authorize(request, 'admin.read');
    return { data: {} };
  });
  app.get('/open', { config: { public: true, action: 'open.read' } }, async (request) => {
    return { data: { user: request.subject?.userId ?? null, address: request.ip } };
  });
  app.get('/boom', async () => {
    throw new Error('the cause nobody may see');
  });
  const rateLimit = { max: 2, timeWindow: 60_000 };
  app.get('/scarce', { config: { public: true, rateLimit } }, async () => ({ data: {} }));
}

function send(port: number, target: string, options: SendOptions = {}): Promise<Answer> {
  const { method = 'GET', as, headers = {}, body } = options;
  const token = as ? { authorization: `Bearer ${TOKENS[as]}` } : {};
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const all = { ...token, ...type, ...headers };
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', path: target, method, headers: all });
    outgoing.on('error', reject).on('response', (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      incoming.on('end', () => {
        const json = incoming.headers['content-type']?.startsWith('application/json');
        const { statusCode: status = 0, headers: got } = incoming;
        resolve({ status, headers: got, text, body: json && text ? JSON.parse(text) : undefined });
      });
    });
    outgoing.end(body);
  });
}

export function sendBytes(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = createConnection(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject).on('close', () => resolve(text));
  });
}
