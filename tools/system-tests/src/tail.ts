/** A WebSocket reader of one instance's logs. */
import type { LogEntry } from '@mcplog/log-entry';
import type { LiveMessage } from '@mcplog/protocol';
import { eventually } from '@mcplog/test-kit';
import { WebSocket } from 'ws';
import type { Session } from './session.ts';

const RECONNECT_EVERY_MS = 250;
const RECONNECTED_MS = 60_000;

export interface TailOptions {
  readonly filters?: Readonly<Record<string, string>>;
  readonly resume?: string;
  readonly batch?: boolean;
  /** Connect with this ticket instead of the Bearer header. */
  readonly ticket?: string;
}

export interface Tail {
  /** Everything received that is no entry. */
  readonly others: readonly LiveMessage[];
  /** Entries in order of arrival. */
  readonly entries: readonly LogEntry[];
  /** When each of them came, milliseconds since 1970. */
  readonly arrivedMs: readonly number[];
  /** Where to resume from. */
  readonly cursor: string | undefined;
  /** The code with which the connection ended. */
  readonly closed: Promise<number>;
  close(): void;
}

/** @throws Error with the HTTP status when the upgrade is refused */
export async function openTail(
  session: Session,
  instanceId: string,
  { ticket, ...wanted }: TailOptions = {},
): Promise<Tail> {
  const query = ticket === undefined ? '' : `?ticket=${encodeURIComponent(ticket)}`;
  const headers = ticket === undefined ? { authorization: `Bearer ${session.token}` } : {};
  const url = `${session.url.replace(/^http/, 'ws')}/ws/mcps/${instanceId}/logs${query}`;
  const socket = new WebSocket(url, { headers });
  const tail = new KeptMessages(socket);
  await opened(socket);
  socket.send(JSON.stringify({ type: 'subscribe', ...wanted }));
  await eventually(() => tail.others.length > 0);
  return tail;
}

class KeptMessages implements Tail {
  readonly others: LiveMessage[] = [];
  readonly entries: LogEntry[] = [];
  readonly arrivedMs: number[] = [];
  readonly closed: Promise<number>;
  cursor: string | undefined;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('message', (data) => this.#keep(JSON.parse(String(data)) as LiveMessage));
    socket.on('error', () => socket.terminate());
  }

  close(): void {
    this.#socket.close();
  }

  #keep(message: LiveMessage): void {
    if (message.type === 'log_entry') this.#add([message.data]);
    else if (message.type === 'entries') this.#add(message.data);
    else this.others.push(message);
    if ('cursor' in message && message.cursor !== null) this.cursor = message.cursor;
  }

  #add(entries: readonly LogEntry[]): void {
    this.entries.push(...entries);
    this.arrivedMs.push(...entries.map(() => Date.now()));
  }
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      reject(new Error(`refused with ${response.statusCode}`));
      response.resume();
    });
  });
}

/** A reader that connects again and resumes whenever the connection ends. */
export interface FollowedTail {
  /** Everything received over all connections, in order of arrival. */
  readonly entries: readonly LogEntry[];
  readonly gaps: readonly LiveMessage[];
  /** How often it had to connect again. */
  readonly reconnections: number;
  stop(): Promise<void>;
}

export async function followTail(session: Session, instanceId: string): Promise<FollowedTail> {
  const earlier: LogEntry[] = [];
  const gaps: LiveMessage[] = [];
  const stopping = new AbortController();
  let tail: Tail = await openTail(session, instanceId, { batch: true });
  let reconnections = 0;
  let isOpen = true;
  const keep = () => {
    isOpen = false;
    earlier.push(...tail.entries);
    gaps.push(...tail.others.filter(({ type }) => type === 'gap'));
  };
  const connectAgain = async () => {
    const { cursor } = tail;
    const options = { batch: true, ...(cursor !== undefined && { resume: cursor }) };
    tail = await eventually(() => openTail(session, instanceId, options), {
      timeoutMs: RECONNECTED_MS,
      intervalMs: RECONNECT_EVERY_MS,
    });
    isOpen = true;
    reconnections++;
    if (stopping.signal.aborted) tail.close();
  };
  const follow = async () => {
    while (true) {
      await tail.closed;
      keep();
      if (stopping.signal.aborted) return;
      await connectAgain();
    }
  };
  const following = follow();
  return {
    get entries() {
      return isOpen ? [...earlier, ...tail.entries] : earlier;
    },
    gaps,
    get reconnections() {
      return reconnections;
    },
    stop: () => {
      stopping.abort();
      tail.close();
      return following;
    },
  };
}
