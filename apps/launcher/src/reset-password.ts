import { ADMIN_USERNAME, openAccounts, resetAdminPassword } from './accounts.ts';
import { connectProvisioner, startBroker } from './broker.ts';
import { lastBrokerUrl } from './broker-config.ts';
import { lockHolder, takeDataLock } from './data-lock.ts';
import { openFolders } from './folders.ts';
import type { Settings } from './settings.ts';
import { StartError, say } from './terminal.ts';

/** Gives `admin` a new password: on the bus that runs, else on one started for the purpose. */
export async function runPasswordReset(
  settings: Settings,
  inherited: Readonly<Record<string, string>>,
): Promise<void> {
  const folders = openFolders(settings.dataDir, settings.logDir);
  if (folders.fresh) throw new StartError(`mcplog never ran on ${folders.data}; start it once`);
  const running = lockHolder(folders.data) !== undefined;
  const lock = running ? undefined : takeDataLock(folders.data);
  const url = lastBrokerUrl(folders);
  if (running && url === undefined) throw new StartError('mcplog is still starting; try again');
  const broker = running ? undefined : await startBroker(folders, { env: inherited });
  const bus = broker?.bus ?? (await connectProvisioner(folders, url ?? ''));
  try {
    const accounts = await openAccounts(bus);
    const password = await resetAdminPassword(accounts, settings.adminPassword);
    accounts.close();
    say('all sessions of the administrator were ended');
    say(`admin login: ${ADMIN_USERNAME}   password: ${password}`);
  } finally {
    await bus.close();
    await broker?.program.stop(5_000);
    lock?.release();
  }
}
