/** A live tail over WebSocket that comes back by itself and resumes where it was. */
import type { LogEntry } from '@mcplog/log-entry';
import type { LiveMessage, SubscribeMessage } from '@mcplog/protocol';
import { ApiError, wordsOf } from '../api/client.ts';
import { takeTicket } from '../api/logs.ts';
import { backoffMs } from './backoff.ts';
import type { Filters } from './query.ts';

/** A server that is alive says something at least this often. */
const SILENCE_MS_MAX = 75_000;
const CLOSE_UNAUTHORISED = 4401;
const CLOSE_FORBIDDEN = 4403;

export type TailState =
  | { readonly kind: 'off' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly resumed: boolean }
  | { readonly kind: 'reconnecting'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string };

export interface TailOptions {
  readonly instanceId: string;
  readonly filters: Filters;
  readonly onEntries: (entries: readonly LogEntry[]) => void;
  /** Entries that the server could not send; it says how many. */
  readonly onGap: (count: number) => void;
  readonly onState: (state: TailState) => void;
  /** Called with every subscription that starts at the present, so that the past can be read. */
  readonly onFreshStart: () => void;
}

/** Starts a tail; call `close` of the answer to end it. */
export function openTail(options: TailOptions): Tail {
  return new Tail(options);
}

export class Tail {
  readonly #options: TailOptions;
  readonly #stop = new AbortController();
  #socket: WebSocket | undefined;
  #cursor: string | undefined;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: TailOptions) {
    this.#options = options;
    const now = () => this.#retryNow();
    addEventListener('online', now, { signal: this.#stop.signal });
    document.addEventListener('visibilitychange', now, { signal: this.#stop.signal });
    options.onState({ kind: 'connecting' });
    void this.#connect();
  }

  close(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#options.onState({ kind: 'off' });
  }

  async #connect(): Promise<void> {
    try {
      const ticket = await takeTicket(this.#options.instanceId, this.#stop.signal);
      if (!this.#stop.signal.aborted) this.#openSocket(ticket);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const final = error instanceof ApiError && [401, 403, 404].includes(error.status);
      if (final) this.#options.onState({ kind: 'refused', reason: error.message });
      else this.#retryLater(wordsOf(error));
    }
  }

  #openSocket(ticket: string): void {
    const url = new URL(`/ws/mcps/${this.#options.instanceId}/logs`, location.href);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    url.searchParams.set('ticket', ticket);
    const socket = new WebSocket(url);
    const resume = this.#cursor;
    this.#socket = socket;
    this.#watchSilence();
    socket.onopen = () => socket.send(JSON.stringify(this.#subscription(resume)));
    socket.onmessage = ({ data }) => this.#take(data, resume !== undefined);
    socket.onclose = ({ code, reason }) => this.#closed(socket, code, reason);
  }

  #subscription(resume: string | undefined): SubscribeMessage {
    const { filters } = this.#options;
    const subscribe = { type: 'subscribe', filters, batch: true } as SubscribeMessage;
    return resume === undefined ? subscribe : { ...subscribe, resume };
  }

  #take(data: unknown, resumed: boolean): void {
    this.#watchSilence();
    const message = readMessage(data);
    if (message === undefined) return;
    switch (message.type) {
      case 'subscribed':
        this.#attempt = 0;
        this.#cursor = message.cursor ?? this.#cursor;
        this.#options.onState({ kind: 'connected', resumed });
        if (!resumed) this.#options.onFreshStart();
        return;
      case 'log_entry':
        this.#cursor = message.cursor;
        this.#options.onEntries([message.data]);
        return;
      case 'entries':
        this.#cursor = message.cursor;
        this.#options.onEntries(message.data);
        return;
      case 'gap':
        this.#options.onGap(message.count);
        return;
      case 'error':
        this.#refused(message.error);
        return;
      case 'heartbeat':
        return;
    }
  }

  /** What was asked for is wrong and stays wrong; anything else is worth another connection. */
  #refused({ code, message }: { code: string; message: string }): void {
    if (code === 'MCPLOG_BAD_CURSOR') this.#cursor = undefined;
    else if (/_BAD_|_UNKNOWN_|_NOT_FOUND|_FORBIDDEN/.test(code)) this.#end(message);
    this.#socket?.close();
  }

  #closed(socket: WebSocket, code: number, reason: string): void {
    if (socket !== this.#socket || this.#stop.signal.aborted) return;
    if (code === CLOSE_UNAUTHORISED || code === CLOSE_FORBIDDEN) {
      this.#end(reason || 'This tail is not allowed any more');
    } else this.#retryLater(reason || 'The connection was lost');
  }

  #end(reason: string): void {
    this.close();
    this.#options.onState({ kind: 'refused', reason });
  }

  #retryLater(reason: string): void {
    this.#attempt++;
    this.#options.onState({ kind: 'reconnecting', reason });
    this.#socket = undefined;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#connect();
    }, backoffMs(this.#attempt));
  }

  #retryNow(): void {
    if (this.#socket !== undefined || this.#timer === undefined || document.hidden) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    void this.#connect();
  }

  #watchSilence(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#socket?.close();
      this.#retryLater('The server went silent');
    }, SILENCE_MS_MAX);
  }
}

function readMessage(data: unknown): LiveMessage | undefined {
  try {
    return JSON.parse(String(data)) as LiveMessage;
  } catch {
    return undefined;
  }
}
