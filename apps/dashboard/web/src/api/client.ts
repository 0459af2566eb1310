/** Calls to our own origin: the session cookie goes along, errors come back as one kind. */

/** An answer that is no success, or none at all (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: readonly string[];

  constructor(status: number, error: ErrorBody) {
    super(error.message);
    this.name = 'ApiError';
    this.status = status;
    this.code = error.code;
    this.details = (error.details ?? [])
      .filter(({ problem }) => !error.message.includes(problem))
      .map(({ path, problem }) => `${path} ${problem}`);
  }
}

/** What an error answer holds under `error`. */
interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly { readonly path: string; readonly problem: string }[];
}

export type Params = Readonly<Record<string, string | number | undefined>>;

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly params?: Params;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

let onLoggedOut: () => void = () => {};

/** Names what happens when the server no longer knows our session. */
export function whenLoggedOut(listener: () => void): void {
  onLoggedOut = listener;
}

/** Calls `path` and returns the body's `data`; throws {@link ApiError}. */
export async function callApi<Data>(path: string, call: Call = {}): Promise<Data> {
  const answer = await fetchApi(path, call);
  if (answer.status === 204) return undefined as Data;
  const body = (await answer.json().catch(() => ({}))) as { data: Data };
  return body.data;
}

/** Calls `path` and returns the answer as it is once its status is a success. */
export async function fetchApi(path: string, call: Call = {}): Promise<Response> {
  const answer = await send(path, call);
  if (answer.ok) return answer;
  const error = await readError(answer);
  if (error.status === 401 && error.code !== 'MCPLOG_BAD_LOGIN') onLoggedOut();
  throw error;
}

/** True for the end of a call that we ended ourselves. */
export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** Any thrown value in words for the page. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function send(path: string, { method = 'GET', params = {}, body, signal }: Call) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined) query.set(name, String(value));
  }
  const search = query.size > 0 ? `?${query}` : '';
  const init: RequestInit = { method, credentials: 'same-origin', signal: signal ?? null };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { 'content-type': 'application/json' };
  }
  return fetch(path + search, init).catch((error: unknown) => {
    if (isAborted(error)) throw error;
    const message = 'mcplog does not answer. Is it still running?';
    throw new ApiError(0, { code: 'UNREACHABLE', message });
  });
}

async function readError(answer: Response): Promise<ApiError> {
  const body = (await answer.json().catch(() => undefined)) as { error?: ErrorBody } | undefined;
  const unnamed = {
    code: `HTTP_${answer.status}`,
    message: `The server answered ${answer.status} ${answer.statusText}`,
  };
  return new ApiError(answer.status, body?.error ?? unnamed);
}
