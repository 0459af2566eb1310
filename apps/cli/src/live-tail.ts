import { setTimeout as sleep } from 'node:timers/promises';
import type { LogEntry } from '@mcplog/log-entry';
import { CLOSE_FORBIDDEN, CLOSE_UNAUTHORISED, type LiveMessage } from '@mcplog/protocol';
import { WebSocket } from 'ws';
import { errorOfBody } from './api-client.ts';
import { CliError } from './errors.ts';
import type { FilterParameters } from './read-filters.ts';
import { retryWaits } from './retry-waits.ts';

export interface LiveTailOptions {
  readonly url: string;
  readonly token: () => string;
  readonly instanceId: string;
  readonly filters: FilterParameters;
  readonly signal: AbortSignal;
  /** The next message is taken when this resolves. */
  readonly onEntries: (entries: readonly LogEntry[]) => Promise<void>;
  readonly onGap: (gap: { readonly count: number; readonly reason: string }) => void;
  /** Lost and found connections, for people. */
  readonly onState: (words: string) => void;
  /** A connection that says nothing for this long is given up, milliseconds. Default 45 s. */
  readonly silenceMaxMs?: number;
}

const SILENCE_MAX_MS = 45_000;
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;
const BODY_CHARS_MAX = 16_384;
/** Statuses after which a later attempt may succeed. */
const PASSING_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);
/** Refusals in an open tail after which a later attempt may succeed. */
const PASSING_CODES = new Set(['MCPLOG_INTERNAL', 'MCPLOG_SERVICE_UNAVAILABLE']);

/** How far the reader is. */
interface Position {
  cursor: string | undefined;
}

/**
 * Follows until the signal. Lost connections are made again from the last cursor.
 * @throws CliError when the platform refuses for good
 */
export async function followLogs(options: LiveTailOptions): Promise<void> {
  const { signal, onState } = options;
  const position: Position = { cursor: undefined };
  const waits = retryWaits({ minMs: 250, maxMs: 15_000 });
  let lost = false;
  while (!signal.aborted) {
    const lastCursor = position.cursor;
    const connection = new TailConnection(options, position);
    connection.onSubscribed = () => {
      if (lost) onState('connected again');
      lost = false;
    };
    const end = await connection.run();
    if (signal.aborted) return;
    if (end.isFinal) throw new CliError(end.words);
    if (!lost) onState(`${end.words}; trying again`);
    lost = true;
    if (position.cursor !== lastCursor) waits.reset();
    await sleep(waits.nextMs(), undefined, { signal }).catch(() => undefined);
  }
}

interface ConnectionEnd {
  readonly isFinal: boolean;
  readonly words: string;
}

/** One WebSocket from its opening to its end. */
class TailConnection {
  onSubscribed: () => void = () => undefined;
  readonly #options: LiveTailOptions;
  readonly #position: Position;
  /** Messages are handled one after the other. */
  #work: Promise<void> = Promise.resolve();
  #refusal: ConnectionEnd | undefined;

  constructor(options: LiveTailOptions, position: Position) {
    this.#options = options;
    this.#position = position;
  }

  async run(): Promise<ConnectionEnd> {
    const { url, instanceId, token, signal } = this.#options;
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/mcps/${instanceId}/logs`, {
      headers: { authorization: `Bearer ${token()}` },
      maxPayload: MESSAGE_BYTES_MAX,
      handshakeTimeout: 10_000,
      perMessageDeflate: false,
    });
    const stop = () => socket.terminate();
    signal.addEventListener('abort', stop, { once: true });
    const watch = this.#watchSilence(socket);
    const end = await new Promise<ConnectionEnd>((resolve) => {
      socket.on('open', () => this.#subscribe(socket));
      socket.on('message', (data) => this.#take(socket, String(data)));
      socket.on('unexpected-response', (_request, response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          if (body.length < BODY_CHARS_MAX) body += text;
        });
        response.on('close', () => {
          resolve(refusalOf(response.statusCode ?? 0, body, url));
          socket.terminate();
        });
      });
      socket.on('error', (error) => resolve({ isFinal: false, words: error.message }));
      socket.on('close', (code, reason) => resolve(this.#endOf(code, String(reason))));
    });
    watch.stop();
    signal.removeEventListener('abort', stop);
    // What had arrived is shown before anything else happens, and counts for the position.
    await this.#work;
    return this.#refusal ?? end;
  }

  #subscribe(socket: WebSocket): void {
    const { filters } = this.#options;
    const { cursor } = this.#position;
    const resume = cursor === undefined ? {} : { resume: cursor };
    socket.send(JSON.stringify({ type: 'subscribe', filters, batch: true, ...resume }));
  }

  /** The socket is not read while entries are being shown: the platform notices a slow reader. */
  #take(socket: WebSocket, text: string): void {
    socket.pause();
    this.#work = this.#work
      .then(() => this.#handle(socket, text))
      .catch((error: Error) => this.#refuse(socket, { isFinal: true, words: error.message }))
      .finally(() => socket.resume());
  }

  async #handle(socket: WebSocket, text: string): Promise<void> {
    const { onEntries, onGap } = this.#options;
    const message = JSON.parse(text) as LiveMessage;
    switch (message.type) {
      case 'subscribed':
        this.#position.cursor = message.cursor ?? this.#position.cursor;
        this.onSubscribed();
        return;
      case 'log_entry':
        await onEntries([message.data]);
        this.#position.cursor = message.cursor;
        return;
      case 'entries':
        await onEntries(message.data);
        this.#position.cursor = message.cursor;
        return;
      case 'gap':
        onGap(message);
        this.#position.cursor = message.to;
        return;
      case 'error': {
        const { code, message: words } = message.error;
        this.#refuse(socket, { isFinal: !PASSING_CODES.has(code), words: `${words} [${code}]` });
        return;
      }
      case 'heartbeat':
        return;
    }
  }

  #refuse(socket: WebSocket, end: ConnectionEnd): void {
    this.#refusal ??= end;
    socket.terminate();
  }

  #endOf(code: number, reason: string): ConnectionEnd {
    if (code === CLOSE_UNAUTHORISED) {
      return { isFinal: true, words: 'the session has ended; run "mcplog login"' };
    }
    const why = reason === '' ? 'the connection was lost' : reason;
    return { isFinal: code === CLOSE_FORBIDDEN, words: why };
  }

  #watchSilence(socket: WebSocket): { stop: () => void } {
    const limitMs = this.#options.silenceMaxMs ?? SILENCE_MAX_MS;
    let timer = setTimeout(() => socket.terminate(), limitMs);
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => socket.terminate(), limitMs);
    };
    socket.on('message', heard);
    socket.on('ping', heard);
    return { stop: () => clearTimeout(timer) };
  }
}

function refusalOf(status: number, body: string, url: string): ConnectionEnd {
  const { message } = errorOfBody(body, status, url);
  return { isFinal: !PASSING_STATUSES.has(status), words: message };
}
