import { StartError } from './terminal.ts';

const TIMEOUT_MS = 15_000;

/** One call of our own HTTP API; `body` is sent as JSON, the answer's `data` is returned. */
export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: unknown;
}

export type ApiClient = <T>(call: ApiCall) => Promise<T>;

/** An answer that says no. */
export class ApiError extends StartError {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** Calls the product at `url` with a session's token. */
export function apiClient(url: string, token: string): ApiClient {
  return async <T>({ method, path, body }: ApiCall) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await answer.text();
    if (!answer.ok)
      throw new ApiError(answer.status, `${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : (JSON.parse(text) as { data: T }).data) as T;
  };
}
