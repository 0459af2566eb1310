/** Users, their names, their passwords and their sessions in the registry. */
import { hashPassword, newToken, type SubjectRole, tokenKey } from '@mcplog/access-control';
import { RevisionConflictError } from '@mcplog/message-bus';
import { McplogError, type UserRecord, type UserView } from '@mcplog/protocol';
import { newId, type Registry, usernameKey } from '@mcplog/registry';

/** The bucket lets go of a session after the same time. */
export const SESSION_MS = 12 * 3_600_000;

export type AccountTables = Pick<
  Registry<'users' | 'usernames' | 'sessions'>,
  'users' | 'usernames' | 'sessions'
>;

export interface NewUser {
  readonly username: string;
  readonly password: string;
  readonly role: SubjectRole;
}

export interface OpenedSession {
  readonly token: string;
  readonly expiresAt: string;
}

export class Accounts {
  readonly #tables: AccountTables;

  constructor(tables: AccountTables) {
    this.#tables = tables;
  }

  /** Users by age. One that lost its name to a faster creation of the same name is none. */
  list(): UserRecord[] {
    const named = this.#tables.users.list().filter((user) => this.#owns(user));
    return named.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }

  find(id: string): UserRecord | undefined {
    const user = this.#tables.users.get(id);
    return user !== undefined && this.#owns(user) ? user : undefined;
  }

  findByName(username: string): UserRecord | undefined {
    const claim = this.#tables.usernames.get(usernameKey(username));
    return claim && this.#tables.users.get(claim.userId);
  }

  /**
   * The record first, then the name by compare-and-set: a name always leads to a whole user.
   * @throws McplogError 409 when the name is taken, in whatever case it is written
   */
  async create({ username, password, role }: NewUser): Promise<UserRecord> {
    if (this.findByName(username) !== undefined) throw nameTaken(username);
    const user: UserRecord = {
      id: newId(username),
      username,
      role,
      passwordHash: await hashPassword(password),
      createdAt: new Date().toISOString(),
    };
    await this.#tables.users.create(user.id, user);
    try {
      await this.#tables.usernames.create(usernameKey(username), { userId: user.id });
    } catch (error) {
      await this.#tables.users.delete(user.id);
      throw error instanceof RevisionConflictError ? nameTaken(username) : error;
    }
    return user;
  }

  /** The name goes first, so that nobody can log in while the sessions are being ended. */
  async delete(user: UserRecord): Promise<void> {
    await this.#tables.usernames.delete(usernameKey(user.username));
    await this.endSessionsOf(user.id);
    await this.#tables.users.delete(user.id);
  }

  async setPassword(userId: string, password: string): Promise<void> {
    const passwordHash = await hashPassword(password);
    await this.#tables.users.update(userId, (user) => user && { ...user, passwordHash });
  }

  /**
   * Begins a session; undefined when the user was deleted or got another password meanwhile.
   */
  async openSession(user: UserRecord): Promise<OpenedSession | undefined> {
    const token = newToken();
    const key = tokenKey(token);
    const expiresAt = new Date(Date.now() + SESSION_MS).toISOString();
    await this.#tables.sessions.create(key, {
      userId: user.id,
      username: user.username,
      role: user.role,
      createdAt: new Date().toISOString(),
      expiresAt,
    });
    if (this.find(user.id)?.passwordHash === user.passwordHash) return { token, expiresAt };
    await this.endSession(key);
    return undefined;
  }

  async endSession(sessionKey: string): Promise<void> {
    await this.#tables.sessions.delete(sessionKey);
  }

  /** Ends the user's sessions, except one if named; returns how many. */
  async endSessionsOf(userId: string, exceptKey?: string): Promise<number> {
    const own = this.#tables.sessions
      .entries()
      .filter(([key, session]) => session.userId === userId && key !== exceptKey);
    await Promise.all(own.map(([key]) => this.endSession(key)));
    return own.length;
  }

  #owns(user: UserRecord): boolean {
    return this.#tables.usernames.get(usernameKey(user.username))?.userId === user.id;
  }
}

/** What may be shown of a user. */
export function viewOf({ id, username, role, createdAt }: UserRecord): UserView {
  return { id, username, role, created_at: createdAt };
}

function nameTaken(username: string): McplogError {
  return new McplogError('MCPLOG_CONFLICT', `the username ${username} is taken`, [
    { path: 'body.username', problem: 'is taken; names that differ only in case are one name' },
  ]);
}
