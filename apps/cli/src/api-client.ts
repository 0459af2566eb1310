import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Access } from './access.ts';
import { CliError } from './errors.ts';

const ErrorBody = Type.Object({
  error: Type.Object({
    code: Type.String(),
    message: Type.String(),
    details: Type.Optional(
      Type.Array(Type.Object({ path: Type.String(), problem: Type.String() })),
    ),
  }),
});

const ANSWER_TIMEOUT_MS = 60_000;
const DETAILS_SHOWN = 5;

export interface ApiRequest {
  readonly method?: 'GET' | 'POST';
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Milliseconds until the answer's head is there. */
  readonly timeoutMs?: number;
}

/** The platform's HTTP API, as one user. */
export class ApiClient {
  readonly #access: Pick<Access, 'url' | 'token'>;

  constructor(access: Pick<Access, 'url' | 'token'>) {
    this.#access = access;
  }

  /**
   * The answer, checked against its schema.
   * @throws CliError with the words of the API, or what to do when nothing answers
   */
  async ask<S extends TSchema>(path: string, schema: S, request: ApiRequest = {}) {
    const response = await this.open(path, request);
    const value: unknown = await response.json().catch(() => undefined);
    if (!Value.Check(schema, value)) {
      throw new CliError(`${this.#access.url} did not answer as mcplog does: is the URL right?`);
    }
    return value as Static<S>;
  }

  /** The answer with its body unread. @throws CliError unless its status is 2xx */
  async open(path: string, request: ApiRequest = {}): Promise<Response> {
    const response = await this.#fetch(path, request);
    if (response.ok) return response;
    throw await toError(response, this.#access.url);
  }

  async #fetch(path: string, request: ApiRequest): Promise<Response> {
    const { url, token } = this.#access;
    const query = new URLSearchParams(request.query ?? {}).toString();
    const tooLong = new AbortController();
    const timer = setTimeout(() => tooLong.abort(), request.timeoutMs ?? ANSWER_TIMEOUT_MS);
    const signals = [tooLong.signal, ...(request.signal === undefined ? [] : [request.signal])];
    try {
      return await fetch(`${url}${path}${query === '' ? '' : `?${query}`}`, {
        method: request.method ?? (request.body === undefined ? 'GET' : 'POST'),
        signal: AbortSignal.any(signals),
        redirect: 'error',
        headers: {
          ...(token !== '' && { authorization: `Bearer ${token}` }),
          ...(request.body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
      });
    } catch (error) {
      if (request.signal?.aborted) throw error;
      if (tooLong.signal.aborted) throw new CliError(`${url} did not answer in time`);
      throw new CliError(unreachable(url, error));
    } finally {
      clearTimeout(timer);
    }
  }
}

export function unreachable(url: string, error: unknown): string {
  const cause = (error as { cause?: unknown }).cause ?? error;
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') {
    return `nothing answers at ${url}: is mcplog running? Start it with "mcplog up"`;
  }
  return `${url} cannot be reached: ${code ?? message}`;
}

/** The refusal in one line. */
export async function toError(response: Response, url: string): Promise<CliError> {
  return errorOfBody(await response.text().catch(() => ''), response.status, url);
}

/** The error envelope in one line; what else answered is told by its status. */
export function errorOfBody(body: string, status: number, url: string): CliError {
  const value = parseJson(body);
  if (!Value.Check(ErrorBody, value)) {
    return new CliError(`${url} answered with status ${status}`);
  }
  const { code, message, details = [] } = value.error;
  const shown = details.slice(0, DETAILS_SHOWN).map(({ path, problem }) => `${path}: ${problem}`);
  const told = shown.filter((text) => !message.includes(text));
  const more = details.length > DETAILS_SHOWN ? [`and ${details.length - DETAILS_SHOWN} more`] : [];
  const list = told.length > 0 ? ` (${[...told, ...more].join('; ')})` : '';
  const help = code === 'MCPLOG_NOT_LOGGED_IN' ? '; run "mcplog login"' : '';
  return new CliError(`${message}${list}${help} [${code}]`, 1, code);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
