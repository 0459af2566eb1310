/** Somebody who is logged in and uses the product over its one origin. */
import type { LogEntry } from '@mcplog/log-entry';
import type { InstanceView, LiveMessage, LogPage, TicketAnswer } from '@mcplog/protocol';
import { eventually } from '@mcplog/test-kit';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const RUNNING_MS = 60_000;

export class Person {
  readonly #url: string;
  readonly #token: string;

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  static async logIn(url: string, username: string, password: string): Promise<Person> {
    const stranger = new Person(url, '');
    const body = { username, password };
    const { data } = await stranger.json<{ data: { token: string } }>(
      'POST',
      '/api/v1/auth/login',
      body,
    );
    return new Person(url, data.token);
  }

  /** Makes a user and logs in as that user. */
  async addUser(username: string): Promise<Person> {
    const password = `password of ${username}`;
    await this.json('POST', '/api/v1/admin/users', { username, password, role: 'user' });
    return eventually(() => Person.logIn(this.#url, username, password));
  }

  /** Makes an instance and waits until it runs; returns its id. */
  async addInstance(service: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const made = await eventually(() =>
      this.json<{ data: InstanceView }>('POST', '/api/v1/mcps', { service, env }),
    );
    await this.untilRunning(made.data.id);
    return made.data.id;
  }

  async untilRunning(id: string): Promise<void> {
    await eventually(
      async () => {
        const { data } = await this.json<{ data: InstanceView }>('GET', `/api/v1/mcps/${id}`);
        if (data.status !== 'running')
          throw new Error(`${id} is ${data.status}: ${data.last_error}`);
        return true;
      },
      { timeoutMs: RUNNING_MS, intervalMs: 200 },
    );
  }

  async callTool(id: string, name: string, args: Record<string, unknown>): Promise<string> {
    const client = new Client({ name: 'mcplog-compose-check', version: '1.0.0' });
    const transport = new StreamableHTTPClientTransport(new URL(`${this.#url}/mcp/${id}`), {
      requestInit: { headers: { authorization: `Bearer ${this.#token}` } },
    });
    await client.connect(transport);
    try {
      return JSON.stringify(await client.callTool({ name, arguments: args }));
    } finally {
      await client.close();
    }
  }

  async search(id: string, query: string): Promise<LogEntry[]> {
    const page = await this.json<LogPage>('GET', `/api/v1/mcps/${id}/logs?${query}`);
    return page.data.logs as unknown as LogEntry[];
  }

  /** Every entry of the instance, in the order in which it was captured. */
  async readAll(id: string): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    let next = '';
    do {
      const query = `order=asc&limit=1000&count=none${next}`;
      const { data } = await this.json<LogPage>('GET', `/api/v1/mcps/${id}/logs?${query}`);
      entries.push(...(data.logs as unknown as LogEntry[]));
      const { has_more, next_cursor } = data.pagination;
      next = has_more && next_cursor !== null ? `&cursor=${encodeURIComponent(next_cursor)}` : '';
    } while (next !== '');
    return entries;
  }

  /** Reads along until an entry holds the text; `during` runs once the tail is open. */
  async tailUntil(id: string, text: string, during: () => Promise<unknown>): Promise<void> {
    const { data } = await this.json<TicketAnswer>('POST', `/api/v1/mcps/${id}/logs/ticket`);
    const origin = this.#url.replace(/^http/, 'ws');
    const socket = new WebSocket(`${origin}/ws/mcps/${id}/logs?ticket=${data.ticket}`);
    const seen: LiveMessage[] = [];
    socket.addEventListener('message', (event) => seen.push(JSON.parse(String(event.data))));
    socket.addEventListener('open', () => socket.send('{"type":"subscribe"}'));
    try {
      await eventually(() => seen.some(({ type }) => type === 'subscribed'));
      await during();
      await eventually(() =>
        seen.some((m) => m.type === 'log_entry' && m.data.message.includes(text)),
      );
    } finally {
      socket.close();
    }
  }

  /** The answer as text. @throws Error with status and body unless the status is 2xx */
  async text(method: string, path: string, body?: unknown): Promise<string> {
    const answer = await this.send(method, path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text;
  }

  async json<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    return JSON.parse((await this.text(method, path, body)) || 'null') as T;
  }

  send(method: string, path: string, body?: unknown): Promise<Response> {
    const headers = {
      ...(this.#token !== '' && { authorization: `Bearer ${this.#token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    return fetch(`${this.#url}${path}`, { method, headers, ...content });
  }
}
