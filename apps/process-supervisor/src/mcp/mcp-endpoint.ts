import type { IncomingMessage, ServerResponse } from 'node:http';
import { McplogError } from '@mcplog/protocol';
import type { InstanceRunner } from '../instances/instance-runner.ts';
import { HttpSession } from './http-session.ts';
import type { McpHub } from './mcp-hub.ts';
import { exchange, isStateless } from './stateless-exchange.ts';

/** How long a request waits for a process that is being started. */
const START_WAIT_MS = 10_000;
const SESSIONS_PER_INSTANCE_MAX = 100;

/** Answers one HTTP request, to its end or until its stream is open. */
export type Answerer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The sessions of all instances over HTTP. */
export class McpEndpoint {
  readonly #sessions = new Map<string, HttpSession>();

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /**
   * Who will answer a request: the session it names, a new one when it names none, or no session at
   * all in the era without them. To be called before anything is answered.
   * @throws McplogError when the instance does not run, or serves too many sessions
   */
  async answererFor(runner: InstanceRunner, request: IncomingMessage): Promise<Answerer> {
    const current = await runner.untilRunning(START_WAIT_MS);
    if (current === undefined) throw notRunning(runner);
    const { hub } = current;
    if (isStateless(request)) return (...pair) => exchange(hub, ...pair);
    const sessionId = request.headers['mcp-session-id'];
    const session =
      sessionId === undefined ? this.#newSession(hub) : this.#sessions.get(String(sessionId));
    if (session?.hub !== hub) return answerNoSession;
    return (...pair) => session.handle(...pair);
  }

  #newSession(hub: McpHub): HttpSession {
    this.#makeRoom(hub);
    return new HttpSession(hub, {
      onOpen: (id, session) => this.#sessions.set(id, session),
      onClose: (id) => this.#sessions.delete(id),
    });
  }

  /** Many clients never end their sessions: the one that was not used for longest goes. */
  #makeRoom(hub: McpHub): void {
    const ours = [...this.#sessions.values()].filter((session) => session.hub === hub);
    if (ours.length < SESSIONS_PER_INSTANCE_MAX) return;
    const oldest = ours
      .filter(({ isIdle }) => isIdle)
      .reduce<HttpSession | undefined>(
        (least, session) =>
          least === undefined || session.lastUsedMs < least.lastUsedMs ? session : least,
        undefined,
      );
    if (oldest === undefined) {
      const words = `this instance serves ${SESSIONS_PER_INSTANCE_MAX} sessions; end one first`;
      throw new McplogError('MCPLOG_TOO_MANY_REQUESTS', words);
    }
    oldest.end();
  }
}

function notRunning(runner: InstanceRunner): McplogError {
  const { state, record } = runner;
  const words = `${record.id} is not running (${state}); start it first`;
  return new McplogError('MCPLOG_INSTANCE_NOT_RUNNING', words);
}

/** What the protocol wants for an unknown session: the client then initializes a new one. */
async function answerNoSession(_: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = { jsonrpc: '2.0', error: { code: -32001, message: 'Session not found' }, id: null };
  response.writeHead(404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
