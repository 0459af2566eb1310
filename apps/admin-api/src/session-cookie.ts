import { SESSION_COOKIE } from '@mcplog/protocol';
import { SESSION_MS } from './accounts.ts';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i;

/** The `Set-Cookie` of a new session. `Secure` wherever the page is not on this machine itself. */
export function sessionCookie(token: string, host: string | undefined): string {
  return cookie(token, SESSION_MS / 1_000, host);
}

/** The `Set-Cookie` that takes the session's cookie away. */
export function expiredCookie(host: string | undefined): string {
  return cookie('', 0, host);
}

function cookie(value: string, maxAgeSeconds: number, host = ''): string {
  const parts = [
    `${SESSION_COOKIE}=${value}`,
    `Max-Age=${maxAgeSeconds}`,
    ...['Path=/', 'HttpOnly', 'SameSite=Strict'],
    ...(LOOPBACK.test(host) ? [] : ['Secure']),
  ];
  return parts.join('; ');
}
