import { DUMMY_HASH, verifyPassword } from '@mcplog/access-control';
import { subjectOf } from '@mcplog/http-door';
import {
  LoginAnswer,
  LoginRequest,
  McplogError,
  PASSWORD_CHARS_MIN,
  type UserRecord,
  UserView,
} from '@mcplog/protocol';
import { usernameKey } from '@mcplog/registry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { viewOf } from '../accounts.ts';
import type { Api } from '../api.ts';
import { LoginThrottle } from '../login-throttle.ts';
import { expiredCookie, sessionCookie } from '../session-cookie.ts';

const tags = ['accounts'];
const MeAnswer = Type.Object({ data: Type.Object({ user: UserView }) });
const ChangePasswordRequest = Type.Object(
  {
    current: Type.String({ minLength: 1, maxLength: 1024 }),
    next: Type.String({ minLength: PASSWORD_CHARS_MIN, maxLength: 1024 }),
  },
  { additionalProperties: false },
);

/** An account is guessed at from many addresses, an address guesses at many accounts. */
const ACCOUNT_LIMITS = { freeFailures: 5, waitMsMax: 60_000 };
const ADDRESS_LIMITS = { freeFailures: 20, waitMsMax: 60_000 };

/** Login, logout, who am I, change of one's own password. */
export function addAuthRoutes(api: Api): void {
  const { app, accounts, tell } = api;
  const passwords = new PasswordCheck(api);

  app.post(
    '/api/v1/auth/login',
    {
      schema: { tags, body: LoginRequest, response: { 200: LoginAnswer } },
      config: { public: true, action: 'auth.login' },
    },
    async (request, reply) => {
      // Told here in its own words; the door's "not logged in" would count it twice.
      request.access.outcome = 'allowed';
      const { username, password } = request.body;
      const user = await passwords.check(request, reply, { username, password });
      const session = await accounts.openSession(user);
      if (session === undefined) throw badLogin();
      tell('security', request, {
        event: 'login_ok',
        message: `${user.username} logged in`,
        facts: { userId: user.id, username: user.username, role: user.role },
      });
      reply.header('set-cookie', sessionCookie(session.token, request.headers.host));
      const { token, expiresAt } = session;
      return { data: { token, expires_at: expiresAt, user: viewOf(user) } };
    },
  );

  app.post(
    '/api/v1/auth/logout',
    { schema: { tags }, config: { action: 'auth.logout' } },
    async (request, reply) => {
      const { username, sessionKey } = subjectOf(request);
      await accounts.endSession(sessionKey);
      tell('security', request, { event: 'logout', message: `${username} logged out` });
      return reply.header('set-cookie', expiredCookie(request.headers.host)).code(204).send();
    },
  );

  app.get(
    '/api/v1/auth/me',
    {
      schema: { tags, response: { 200: MeAnswer } },
      config: { public: true, action: 'auth.me' },
    },
    async (request) => {
      // Every page asks this before anybody logs in: no refusal worth a security entry.
      request.access.outcome = 'allowed';
      return { data: { user: viewOf(ownRecord(api, request)) } };
    },
  );

  app.post(
    '/api/v1/auth/password',
    { schema: { tags, body: ChangePasswordRequest }, config: { action: 'auth.password' } },
    async (request, reply) => {
      const { current, next } = request.body;
      const { username } = ownRecord(api, request);
      const { sessionKey } = subjectOf(request);
      const user = await passwords.check(request, reply, { username, password: current });
      await accounts.setPassword(user.id, next);
      const ended = await accounts.endSessionsOf(user.id, sessionKey);
      tell('security', request, {
        event: 'password_changed',
        message: `${username} changed the password; ${ended} other sessions ended`,
        facts: { sessionsEnded: ended },
      });
      return reply.code(204).send();
    },
  );
}

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Checks passwords, slows guessing, and writes down every failure. */
class PasswordCheck {
  readonly #api: Api;
  readonly #byAccount = new LoginThrottle(ACCOUNT_LIMITS);
  readonly #byAddress = new LoginThrottle(ADDRESS_LIMITS);

  constructor(api: Api) {
    this.#api = api;
  }

  /** @throws McplogError 401 for a wrong name or password alike, 429 with Retry-After */
  async check(
    request: FastifyRequest,
    reply: FastifyReply,
    { username, password }: Credentials,
  ): Promise<UserRecord> {
    const account = usernameKey(username);
    const waitMs = Math.max(this.#byAccount.waitMs(account), this.#byAddress.waitMs(request.ip));
    if (waitMs > 0) throw this.#slowDown(request, reply, { username, waitMs });
    this.#byAccount.fail(account);
    this.#byAddress.fail(request.ip);
    const user = this.#api.accounts.findByName(username);
    // An unknown name costs the same time as a known one.
    const right = await verifyPassword(password, user?.passwordHash ?? DUMMY_HASH);
    if (!right || user === undefined) {
      this.#tellFailure(request, 'login_failed', username);
      throw badLogin();
    }
    this.#byAccount.clear(account);
    this.#byAddress.forgive(request.ip);
    return user;
  }

  #slowDown(
    request: FastifyRequest,
    reply: FastifyReply,
    { username, waitMs }: { readonly username: string; readonly waitMs: number },
  ): McplogError {
    const seconds = Math.ceil(waitMs / 1_000);
    this.#tellFailure(request, 'login_slowed', username);
    reply.header('retry-after', seconds);
    return new McplogError(
      'MCPLOG_TOO_MANY_REQUESTS',
      `too many failed logins; try again in ${seconds} s`,
    );
  }

  #tellFailure(request: FastifyRequest, event: string, username: string): void {
    const told = event === 'login_failed' ? 'failed to log in' : 'was made to wait before a login';
    this.#api.tell('security', request, {
      level: 'warn',
      event,
      message: `${username} ${told}`,
      facts: { username },
    });
  }
}

function ownRecord({ accounts }: Api, request: FastifyRequest): UserRecord {
  const user = accounts.find(subjectOf(request).userId);
  if (user === undefined) throw new McplogError('MCPLOG_NOT_LOGGED_IN', 'this user was deleted');
  return user;
}

function badLogin(): McplogError {
  return new McplogError('MCPLOG_BAD_LOGIN', 'wrong username or password');
}
