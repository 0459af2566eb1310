/** HTTP calls of one logged-in person. */

export interface User {
  readonly id: string;
  readonly username: string;
  readonly role: string;
}

export interface Session {
  readonly url: string;
  readonly token: string;
  readonly user: User;
  /** One request with the Bearer token; `path` begins with a slash. */
  send(method: string, path: string, options?: SendOptions): Promise<Response>;
  /** The `data` of the answer. @throws ApiFailure unless the status is 2xx */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
}

export interface SendOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that says no. */
export class ApiFailure extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, text: string) {
    super(`${status} ${text}`);
    this.status = status;
    this.code = codeOf(text);
  }
}

/** @throws ApiFailure when the login is refused */
export async function logIn(url: string, username: string, password: string): Promise<Session> {
  const { token, user } = await dataOf<{ token: string; user: User }>(
    await send(url, { method: 'POST', path: '/api/v1/auth/login', body: { username, password } }),
  );
  return sessionWith(url, token, user);
}

/** A session with a token of any kind, for tests of refusals. */
export function sessionWith(url: string, token: string, user: User): Session {
  const withToken = (method: string, path: string, options: SendOptions = {}) => {
    const headers = { authorization: `Bearer ${token}`, ...options.headers };
    return send(url, { method, path, ...options, headers });
  };
  return {
    url,
    token,
    user,
    send: withToken,
    call: async <T>(method: string, path: string, body?: unknown) =>
      dataOf<T>(await withToken(method, path, body === undefined ? {} : { body })),
  };
}

interface Sent extends SendOptions {
  readonly method: string;
  readonly path: string;
}

function send(url: string, { method, path, body, headers }: Sent): Promise<Response> {
  return fetch(`${url}${path}`, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function dataOf<T>(answer: Response): Promise<T> {
  const text = await answer.text();
  if (!answer.ok) throw new ApiFailure(answer.status, text);
  return (text === '' ? undefined : (JSON.parse(text) as { data: T }).data) as T;
}

function codeOf(text: string): string {
  try {
    return (JSON.parse(text) as { error: { code: string } }).error.code;
  } catch {
    return 'no code';
  }
}
