import type { Command } from 'commander';
import { forgetCredentials, readCredentials } from '../access.ts';
import { CliError } from '../errors.ts';
import { loadSettings } from '../settings.ts';

export function addLogoutCommand(program: Command): void {
  program
    .command('logout')
    .description('end the stored session and forget it')
    .addHelpText('after', '\nExample:\n  mcplog logout')
    .action(runLogout);
}

async function runLogout(): Promise<void> {
  const settings = loadSettings();
  const access = readCredentials(settings);
  if (access === undefined) {
    process.stdout.write('nobody was logged in\n');
    return;
  }
  const { ApiClient } = await import('../api-client.ts');
  const api = new ApiClient(access);
  // Forgotten here in any case; the session then ends by itself when its time is over.
  forgetCredentials(settings);
  try {
    await api.open('/api/v1/auth/logout', { method: 'POST' });
  } catch (error) {
    if (!(error instanceof CliError) || error.code === 'MCPLOG_NOT_LOGGED_IN') return told();
    throw new CliError(`forgotten here, but not ended at ${access.url}: ${error.message}`);
  }
  told();

  function told(): void {
    process.stdout.write(`logged out from ${access?.url}\n`);
  }
}
