import type { CallOutcome, Direction } from './call.ts';
import { asObject, asText, type RpcMessage, type RpcObject } from './rpc-message.ts';

/** Clients of the TypeScript SDK close a connection on a longer message. */
export const CLIENT_MESSAGE_BYTES_MAX = 10 * 1024 * 1024;

/** Protocol versions from this one on have no handshake: each request says its version. */
const FIRST_MODERN_VERSION = '2026-07-28';
const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';
const SERVER_KEY = 'io.modelcontextprotocol/serverInfo';
const LOG_LEVELS = new Set('debug info notice warning error critical alert emergency'.split(' '));
const VERSIONS_MAX = 8;
const VERSION_CHARACTERS_MAX = 32;
const NAME_CHARACTERS_MAX = 128;
const CLIENT_KEY = 'io.modelcontextprotocol/clientInfo';
const CLIENTS_MAX = 8;
/** A server that takes longer to answer a ping is busy with something else. */
const PING_MS_MAX = 1000;

/** What went wrong with the protocol; the number says how often. */
export interface ProtocolFigures {
  readonly messages: number;
  readonly largestMessageBytes: number;
  /** Lines on stdout that are no JSON-RPC. */
  readonly pollution: number;
  readonly foreignInput: number;
  readonly oversizedMessages: number;
  /** Calls that never got an answer. */
  readonly unanswered: number;
  /** Pings that took longer than a second, and pings without an answer. */
  readonly slowPings: number;
  readonly missingPings: number;
  /** Requests with the id of one that was still in flight. */
  readonly reusedIds: number;
  /** A second answer to a call. */
  readonly duplicateAnswers: number;
  /** Answers to calls that had been cancelled: allowed, but wasted. */
  readonly lateAnswers: number;
  /** Answers to requests that were never made. */
  readonly unknownAnswers: number;
  readonly lateProgress: number;
  readonly earlyRequests: number;
  readonly forbiddenServerRequests: number;
  readonly unsupportedVersions: number;
  readonly unknownLogLevels: number;
  readonly nullIds: number;
}

export type FigureName = keyof ProtocolFigures;

/** A program as it names itself, not masked. */
export interface ProgramName {
  readonly name: string;
  readonly version: string;
}

/** One thing that somebody should know about how a server speaks. */
export interface ProtocolFinding {
  readonly code: string;
  readonly level: 'info' | 'warn' | 'error';
  readonly count: number;
  readonly message: string;
}

export interface ProtocolHealth {
  /** `legacy` has a handshake (to 2025-11-25), `modern` has none (from 2026-07-28). */
  readonly era: 'unknown' | 'legacy' | 'modern' | 'both';
  readonly protocolVersions: readonly string[];
  readonly server?: ProgramName | undefined;
  /** At most 8, in the order of their first request. */
  readonly clients: readonly ProgramName[];
  readonly figures: ProtocolFigures;
  readonly outcomes: Readonly<Partial<Record<CallOutcome, number>>>;
  /** The worst first. */
  readonly findings: readonly ProtocolFinding[];
}

const FINDINGS: readonly (readonly [FigureName, ProtocolFinding['level'], string])[] = [
  [
    'pollution',
    'error',
    'lines on stdout are no JSON-RPC; clients drop them or break: log to stderr',
  ],
  [
    'oversizedMessages',
    'error',
    'messages are over 10 MiB; clients of the TypeScript SDK disconnect',
  ],
  ['duplicateAnswers', 'error', 'answers came a second time for the same id'],
  ['unknownAnswers', 'error', 'answers have an id that nobody asked with'],
  [
    'forbiddenServerRequests',
    'error',
    'requests came from the server, which 2026-07-28 forbids on stdio',
  ],
  ['nullIds', 'error', 'messages have the id null'],
  ['unanswered', 'warn', 'calls were never answered'],
  ['missingPings', 'warn', 'pings were never answered'],
  ['slowPings', 'warn', 'pings took longer than a second'],
  ['unsupportedVersions', 'warn', 'calls were refused for their protocol version'],
  ['reusedIds', 'warn', 'requests reused the id of one still in flight'],
  ['foreignInput', 'warn', 'lines from the client are no JSON-RPC'],
  ['unknownLogLevels', 'warn', 'log notifications have a level that RFC 5424 has not'],
  ['earlyRequests', 'info', 'requests came before the handshake'],
  ['lateAnswers', 'info', 'answers came after their call was cancelled'],
  ['lateProgress', 'info', 'progress came for no call in flight'],
];

/** What is looked at of a call that ended. */
interface EndedCall {
  readonly outcome: CallOutcome;
  readonly method: string;
  readonly durationMs: number;
}

/** Watches how both sides speak. Looks at each message once and keeps numbers only. */
export class ProtocolWatch {
  readonly #figures: Record<FigureName, number> = {
    messages: 0,
    largestMessageBytes: 0,
    pollution: 0,
    foreignInput: 0,
    oversizedMessages: 0,
    unanswered: 0,
    slowPings: 0,
    missingPings: 0,
    reusedIds: 0,
    duplicateAnswers: 0,
    lateAnswers: 0,
    unknownAnswers: 0,
    lateProgress: 0,
    earlyRequests: 0,
    forbiddenServerRequests: 0,
    unsupportedVersions: 0,
    unknownLogLevels: 0,
    nullIds: 0,
  };
  readonly #outcomes: Partial<Record<CallOutcome, number>> = {};
  readonly #versions = new Set<string>();
  #server: ProgramName | undefined;
  readonly #clients = new Map<string, ProgramName>();
  #hasHandshake = false;
  #isModern = false;

  /** Of the handshake; a request may say its own. */
  get negotiatedVersion(): string | undefined {
    return this.#hasHandshake ? [...this.#versions].at(-1) : undefined;
  }

  count(figure: FigureName): void {
    this.#figures[figure]++;
  }

  ended({ outcome, method, durationMs }: EndedCall): void {
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
    if (outcome === 'unanswered') this.count('unanswered');
    if (method !== 'ping') return;
    const isGivenUp = outcome === 'timeout' || outcome === 'cancelled' || outcome === 'unanswered';
    if (isGivenUp) this.count('missingPings');
    else if (durationMs > PING_MS_MAX) this.count('slowPings');
  }

  /** What a call ended as is known better now. */
  corrected(from: CallOutcome, to: CallOutcome): void {
    this.#outcomes[from] = (this.#outcomes[from] ?? 1) - 1;
    this.#outcomes[to] = (this.#outcomes[to] ?? 0) + 1;
  }

  saw(message: RpcMessage, sender: Direction, bytes: number): void {
    const figures = this.#figures;
    figures.messages++;
    if (bytes > figures.largestMessageBytes) figures.largestMessageBytes = bytes;
    if (bytes > CLIENT_MESSAGE_BYTES_MAX) this.count('oversizedMessages');
    // An error about a message that could not be read has no id to name.
    if (message.id === null && message.error === undefined) this.count('nullIds');
    if (sender === 'client') this.#sawClient(message);
    else this.#sawServer(message);
  }

  report(): ProtocolHealth {
    const figures = { ...this.#figures };
    const findings = FINDINGS.flatMap(([code, level, words]) =>
      figures[code] === 0
        ? []
        : [{ code, level, count: figures[code], message: `${figures[code]} ${words}` }],
    );
    return {
      era: this.#era(),
      protocolVersions: [...this.#versions],
      server: this.#server,
      clients: [...this.#clients.values()],
      figures,
      outcomes: { ...this.#outcomes },
      findings,
    };
  }

  #era(): ProtocolHealth['era'] {
    if (this.#hasHandshake) return this.#isModern ? 'both' : 'legacy';
    return this.#isModern ? 'modern' : 'unknown';
  }

  #sawClient({ method, id, params }: RpcMessage): void {
    if (method === undefined) return;
    if (id !== undefined) this.#noteClient(method, params);
    const version = versionOfRequest(params);
    if (version !== undefined) {
      this.#isModern ||= version >= FIRST_MODERN_VERSION;
      this.#note(version);
      return;
    }
    const isOpening = method === 'initialize' || method === 'ping' || method === 'server/discover';
    const isOpen = this.#hasHandshake || isOpening;
    if (id !== undefined && !isOpen) this.count('earlyRequests');
  }

  #sawServer({ method, id, params, result, error }: RpcMessage): void {
    if (method !== undefined) {
      if (id !== undefined && this.#era() === 'modern') this.count('forbiddenServerRequests');
      if (method === 'notifications/message' && !LOG_LEVELS.has(asText(params?.level) ?? '')) {
        this.count('unknownLogLevels');
      }
      return;
    }
    if (error?.code === -32022 || error?.code === -32020) this.count('unsupportedVersions');
    const version = asText(result?.protocolVersion);
    if (version !== undefined) {
      this.#hasHandshake = true;
      this.#note(version);
    }
    this.#noteServer(result);
  }

  #note(version: string): void {
    if (this.#versions.size < VERSIONS_MAX) {
      this.#versions.add(version.slice(0, VERSION_CHARACTERS_MAX));
    }
  }

  #noteServer(result: RpcObject | undefined): void {
    if (this.#server !== undefined || result === undefined) return;
    this.#server = programName(
      asObject(result.serverInfo) ?? asObject(asObject(result._meta)?.[SERVER_KEY]),
    );
  }

  #noteClient(method: string, params: RpcObject | undefined): void {
    if (params === undefined || this.#clients.size >= CLIENTS_MAX) return;
    const inMeta = asObject(asObject(params._meta)?.[CLIENT_KEY]);
    const client = programName(method === 'initialize' ? asObject(params.clientInfo) : inMeta);
    if (client !== undefined) this.#clients.set(`${client.name} ${client.version}`, client);
  }
}

/** What a request of 2026-07-28 and later says about itself. */
export function versionOfRequest(params: RpcObject | undefined): string | undefined {
  const meta = asObject(params?._meta);
  return asText(meta?.[VERSION_KEY])?.slice(0, VERSION_CHARACTERS_MAX);
}

function programName(info: RpcObject | undefined): ProgramName | undefined {
  const name = asText(info?.name)?.slice(0, NAME_CHARACTERS_MAX);
  if (name === undefined) return undefined;
  return { name, version: asText(info?.version)?.slice(0, NAME_CHARACTERS_MAX) ?? '' };
}
