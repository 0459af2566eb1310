/** A logged-in person's calls of the product's own HTTP API. */

export interface ApiSession {
  /** The `data` of the answer. @throws Error unless the status is 2xx */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** For the header `Authorization: Bearer`. */
  readonly token: string;
}

export async function logIn(
  url: string,
  credentials: { readonly username: string; readonly password: string },
): Promise<ApiSession> {
  const login = { method: 'POST', path: '/api/v1/auth/login', body: credentials };
  const { token } = await send<{ token: string }>(url, login);
  return { token, call: (method, path, body) => send(url, { method, path, body, token }) };
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly token?: string;
}

async function send<T>(url: string, { method, path, body, token }: Sent): Promise<T> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (text === '' ? undefined : (JSON.parse(text) as { data: T }).data) as T;
}
