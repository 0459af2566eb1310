/**
 * What the owner of the data directory may do without a password: they hold every key in it
 * anyway. Sessions made here are ordinary ones.
 */
import { generatePassword, hashPassword, newToken, tokenKey } from '@mcplog/access-control';
import type { Bus } from '@mcplog/message-bus';
import type { UserRecord } from '@mcplog/protocol';
import { openRegistry, type Registry } from '@mcplog/registry';
import { StartError } from './terminal.ts';

const SESSION_MS = 12 * 3_600_000;

export const ADMIN_USERNAME = 'admin';

export type Accounts = Registry<'users' | 'sessions'>;

export async function openAccounts(bus: Bus): Promise<Accounts> {
  return openRegistry(bus, { watch: ['users', 'sessions'] });
}

export function findUser(accounts: Accounts, username: string): UserRecord | undefined {
  return accounts.users.list().find((user) => user.username === username);
}

/** A new session of this user, 12 h long; returns its token. */
export async function openSession(accounts: Accounts, user: UserRecord): Promise<string> {
  const token = newToken();
  await accounts.sessions.create(tokenKey(token), {
    userId: user.id,
    username: user.username,
    role: user.role,
    createdAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + SESSION_MS).toISOString(),
  });
  return token;
}

/**
 * Gives `admin` a new password and ends all its sessions.
 * @returns the password, made here unless one is given
 */
export async function resetAdminPassword(accounts: Accounts, given?: string): Promise<string> {
  const admin = findUser(accounts, ADMIN_USERNAME);
  if (admin === undefined) {
    throw new StartError('there is no user "admin" in this data folder yet; start mcplog once');
  }
  const password = given ?? generatePassword();
  const passwordHash = await hashPassword(password);
  await accounts.users.update(admin.id, (user) => user && { ...user, passwordHash });
  for (const [key, session] of accounts.sessions.entries()) {
    if (session.userId === admin.id) await accounts.sessions.delete(key);
  }
  return password;
}
