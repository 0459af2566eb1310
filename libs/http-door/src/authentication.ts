/** Who is asking: a Bearer token or the session cookie, looked up under its SHA-256. */
import type { IncomingHttpHeaders } from 'node:http';
import { type SubjectRole, tokenKey } from '@mcplog/access-control';
import { McplogError, SESSION_COOKIE, type SessionRecord } from '@mcplog/protocol';
import { readCookie } from './cookie.ts';

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]{1,512}=*)$/i;
const READING_METHODS = ['GET', 'HEAD', 'OPTIONS'];

export interface RequestSubject {
  readonly userId: string;
  readonly username: string;
  readonly role: SubjectRole;
  /** Under what the session is stored; what logout removes. */
  readonly sessionKey: string;
}

/** Where sessions are found; a lookup in memory, never a wait. */
export interface SessionFinder {
  find(tokenKey: string): SessionRecord | undefined;
}

interface Credential {
  readonly token: string;
  readonly from: 'bearer' | 'cookie';
}

export interface Identified {
  readonly subject: RequestSubject;
  readonly from: Credential['from'];
}

/**
 * The subject of a request; undefined without a credential, and for one that is malformed, unknown
 * or expired. A Bearer header is never overruled by a cookie.
 */
export function identify(
  headers: IncomingHttpHeaders,
  sessions: SessionFinder,
): Identified | undefined {
  const credential = credentialOf(headers);
  if (!credential) return undefined;
  const sessionKey = tokenKey(credential.token);
  const session = sessions.find(sessionKey);
  // A date that cannot be read compares false, and so counts as expired.
  if (!session || !(Date.parse(session.expiresAt) > Date.now())) return undefined;
  const { userId, username, role } = session;
  return { subject: { userId, username, role, sessionKey }, from: credential.from };
}

function credentialOf(headers: IncomingHttpHeaders): Credential | undefined {
  if (headers.authorization !== undefined) {
    const token = BEARER.exec(headers.authorization)?.[1];
    return token === undefined ? undefined : { token, from: 'bearer' };
  }
  const token = readCookie(headers.cookie, SESSION_COOKIE);
  return token === undefined ? undefined : { token, from: 'cookie' };
}

/**
 * A browser sends the cookie along with whatever page asks; only a page of our own may change
 * something. The Origin header, when there is one, has been checked against our hosts before.
 * @throws McplogError 403.
 */
export function assertSameSite(method: string, headers: IncomingHttpHeaders): void {
  if (READING_METHODS.includes(method)) return;
  if (headers.origin !== undefined || headers['sec-fetch-site'] === 'same-origin') return;
  throw new McplogError(
    'MCPLOG_FORBIDDEN',
    'a change by session cookie needs proof of its origin',
    [
      {
        path: 'header.origin',
        problem: 'missing; accepted: an Origin of this service, or Sec-Fetch-Site: same-origin',
      },
    ],
  );
}

export function notLoggedIn(): McplogError {
  return new McplogError('MCPLOG_NOT_LOGGED_IN', 'not logged in, or the session has ended', [
    {
      path: 'header.authorization',
      problem: `accepted: Bearer <token>, or the cookie ${SESSION_COOKIE}`,
    },
  ]);
}
