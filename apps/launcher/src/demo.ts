/** The demo user with four instances of real servers, made once through the product's own API. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatePassword } from '@mcplog/access-control';
import { type Accounts, ADMIN_USERNAME, findUser, openSession } from './accounts.ts';
import { type ApiClient, ApiError, apiClient } from './api-client.ts';
import { demoCredentialsFile } from './app-plans.ts';
import { type DemoServer, demoServers } from './demo-servers.ts';
import type { Folders } from './folders.ts';
import { writePrivateJson } from './local-access.ts';
import { StartError } from './terminal.ts';

export const DEMO_USERNAME = 'demo';

interface UserView {
  readonly id: string;
  readonly username: string;
}

/** Notes that the demo is to be made, so that a start that was cut short makes it next time. */
export function planDemo(folders: Folders): void {
  writeFileSync(pendingFile(folders), '', { mode: 0o600 });
}

export function demoIsPending(folders: Folders): boolean {
  return existsSync(pendingFile(folders));
}

/** Whether this data directory has a demo user to drive. */
export function hasDemo(folders: Folders): boolean {
  return existsSync(demoCredentialsFile(folders));
}

/** Makes whatever of the demo is missing; returns the demo user's new password. */
export async function makeDemo(folders: Folders, accounts: Accounts, url: string): Promise<string> {
  const asAdmin = apiClient(url, await tokenOf(accounts, ADMIN_USERNAME));
  const servers = demoServers(folders.data);
  for (const { service, item } of servers) {
    await asAdmin({ method: 'PUT', path: `/api/v1/admin/catalogue/${service}`, body: item });
  }
  const password = generatePassword();
  await makeUser(asAdmin, password);
  const { token } = await apiClient(
    url,
    '',
  )<{ token: string }>({
    method: 'POST',
    path: '/api/v1/auth/login',
    body: { username: DEMO_USERNAME, password },
  });
  await makeInstances(apiClient(url, token), servers);
  writePrivateJson(demoCredentialsFile(folders), { username: DEMO_USERNAME, password });
  rmSync(pendingFile(folders));
  return password;
}

async function makeUser(asAdmin: ApiClient, password: string): Promise<void> {
  const path = '/api/v1/admin/users';
  try {
    await asAdmin({
      method: 'POST',
      path,
      body: { username: DEMO_USERNAME, password, role: 'user' },
    });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    const users = await asAdmin<UserView[]>({ method: 'GET', path });
    const demo = users.find(({ username }) => username === DEMO_USERNAME);
    if (demo === undefined) throw error;
    await asAdmin({ method: 'PUT', path: `${path}/${demo.id}/password`, body: { password } });
  }
}

async function makeInstances(asDemo: ApiClient, servers: readonly DemoServer[]): Promise<void> {
  const path = '/api/v1/mcps';
  const present = await asDemo<{ service: string }[]>({ method: 'GET', path });
  for (const { service, name, env } of servers) {
    if (present.some((instance) => instance.service === service)) continue;
    await asDemo({ method: 'POST', path, body: { service, name, env } });
  }
}

async function tokenOf(accounts: Accounts, username: string): Promise<string> {
  const user = findUser(accounts, username);
  if (user === undefined) throw new StartError(`there is no user "${username}"`);
  return openSession(accounts, user);
}

function pendingFile(folders: Folders): string {
  return join(folders.run, 'demo-pending');
}
