import type { LoginRequest, UserView } from '@mcplog/protocol';
import { signal } from '@preact/signals';
import { ApiError, callApi, whenLoggedOut } from './api/client.ts';

/** `undefined` until the server said who we are, `null` when nobody is logged in. */
export const user = signal<UserView | null | undefined>(undefined);

/** Why the session could not be read, in words; the page then offers to try again. */
export const sessionProblem = signal<string | undefined>(undefined);

whenLoggedOut(() => {
  user.value = null;
});

/** Asks the server who is logged in. */
export async function readSession(): Promise<void> {
  sessionProblem.value = undefined;
  try {
    user.value = (await callApi<{ user: UserView }>('/api/v1/auth/me')).user;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) user.value = null;
    else sessionProblem.value = error instanceof Error ? error.message : String(error);
  }
}

/** Logs in; the session itself stays in a cookie that scripts cannot read. */
export async function logIn(body: LoginRequest): Promise<void> {
  const call = { method: 'POST', body } as const;
  user.value = (await callApi<{ user: UserView }>('/api/v1/auth/login', call)).user;
}

export async function logOut(): Promise<void> {
  await callApi('/api/v1/auth/logout', { method: 'POST' });
  user.value = null;
}
