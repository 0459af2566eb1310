import { rmSync, writeFileSync } from 'node:fs';
import { generatePassword } from '@mcplog/access-control';
import type { SystemLog } from '@mcplog/message-bus';
import { McplogError } from '@mcplog/protocol';
import type { Logger } from '@mcplog/service-host';
import type { Accounts } from './accounts.ts';
import type { Settings } from './settings.ts';

export const FIRST_USERNAME = 'admin';

interface Provision {
  readonly accounts: Accounts;
  readonly settings: Pick<Settings, 'adminPassword' | 'firstPasswordFile'>;
  readonly systemLog: SystemLog;
  readonly log: Logger;
}

/** Makes the first administrator when there is none, and writes down what came of it. */
export async function provideFirstAdministrator(provision: Provision): Promise<void> {
  const { accounts, settings, systemLog, log } = provision;
  const outcome = await createFirstAdministrator(accounts, settings);
  if (outcome === 'created') {
    systemLog.write('audit', {
      level: 'info',
      event: 'user_created',
      message: `the first administrator, ${FIRST_USERNAME}, was made`,
      metadata: { targetUsername: FIRST_USERNAME, targetRole: 'admin' },
    });
  } else if (outcome === 'needs-password') {
    log.warn('nobody can log in: there are no users; start once with MCPLOG_ADMIN_PASSWORD set');
  }
}

/** `needs-password`: nobody told the password and there is nowhere to leave one made here. */
export type FirstAdministrator = 'created' | 'exists' | 'needs-password';

/**
 * Makes the administrator `admin` while there are no users. The password is left in its file
 * before the user is made, so that a crash in between cannot lose it. Of two services that do
 * this at once, one makes the user.
 */
export async function createFirstAdministrator(
  accounts: Accounts,
  settings: Pick<Settings, 'adminPassword' | 'firstPasswordFile'>,
): Promise<FirstAdministrator> {
  if (accounts.list().length > 0) return 'exists';
  const { adminPassword, firstPasswordFile } = settings;
  if (adminPassword === undefined && firstPasswordFile === undefined) return 'needs-password';
  const password = adminPassword ?? generatePassword();
  const handOver = adminPassword === undefined ? firstPasswordFile : undefined;
  if (handOver !== undefined) writeFileSync(handOver, `${password}\n`, { mode: 0o600 });
  try {
    await accounts.create({ username: FIRST_USERNAME, password, role: 'admin' });
    return 'created';
  } catch (error) {
    if (!(error instanceof McplogError) || error.code !== 'MCPLOG_CONFLICT') throw error;
    if (handOver !== undefined) rmSync(handOver, { force: true });
    return 'exists';
  }
}
