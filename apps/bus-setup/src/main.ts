/** One step of the set-up of a bus, then the end: exit status 0 when it is done. */
import { createLogger } from '@mcplog/service-host';
import { prepareBus } from './prepare.ts';
import { provision } from './provision.ts';
import { loadSettings } from './settings.ts';

const app = 'bus-setup';
const settings = loadSettings();
const log = createLogger({ app, level: settings.logLevel });

// As first process of a container Node has no default action for these.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
try {
  if (settings.step === 'prepare') {
    const services = await prepareBus(settings);
    log.info({ services }, 'keys and configuration of the bus are written');
  } else {
    const onState = (state: string) => log.info(`bus ${state}`);
    const serverVersion = await provision({ ...settings, onState });
    log.info({ serverVersion }, 'streams and buckets exist');
  }
} catch (error) {
  log.fatal({ err: error }, `${settings.step} failed: ${(error as Error).message}`);
  process.exitCode = 1;
}
