import { readFileSync } from 'node:fs';
import { createHttpDoor } from '@mcplog/http-door';
import { openLogReader } from '@mcplog/log-store/reader';
import { connectBus, SystemLog } from '@mcplog/message-bus';
import { openRegistry, sendLifeSigns } from '@mcplog/registry';
import { createLogger, createMetrics, runService } from '@mcplog/service-host';
import { ServiceJournal } from '@mcplog/service-journal';
import { Accounts } from './accounts.ts';
import { addRoutes, createTeller } from './api.ts';
import { provideFirstAdministrator } from './first-administrator.ts';
import { HealthReporter } from './health.ts';
import { loadSettings } from './settings.ts';
import { SystemLogs } from './system-logs.ts';

const app = 'admin-api';
const settings = loadSettings();
const log = createLogger({ app, level: settings.logLevel });

await runService({
  app,
  version: '0.1.0',
  log,
  start: async (life) => {
    const { natsUrl: url, natsSeedFile, queryTimeoutMs: timeoutMs } = settings;
    const seed = natsSeedFile && readFileSync(natsSeedFile, 'utf8').trim();
    const bus = await connectBus({ url, app, seed, onState: (state) => log.info(`bus ${state}`) });
    life.onStop('bus', () => bus.close());
    const registry = await openRegistry(bus, {
      watch: [
        'users',
        'usernames',
        'sessions',
        'catalogue',
        'instances',
        'instance_status',
        'services',
      ],
    });
    life.onStop('registry', () => registry.close());
    const systemLog = new SystemLog(bus);
    life.onStop('system log', () => systemLog.close());
    const journal = new ServiceJournal(app, systemLog);
    life.onStop('journal', () => journal.stopped());

    const accounts = new Accounts(registry);
    await provideFirstAdministrator({ accounts, settings, systemLog, log });
    const problems = () =>
      bus.connected ? [] : ['the message bus is away: nobody can log in, nothing can be changed'];
    const report = () => ({ problems: problems(), figures: {} });
    life.onStop('life signs', sendLifeSigns(registry.services, app, report));

    const door = await createHttpDoor({
      app,
      log,
      host: settings.httpHost,
      port: settings.httpPort,
      allowedHosts: settings.allowedHosts,
      trustProxy: settings.trustedProxies,
      redisUrl: settings.redisUrl,
      sessions: { find: (key) => registry.sessions.get(key) },
      metrics: createMetrics(app),
      onAccess: (event) => journal.access(event),
    });
    const systemLogs = new SystemLogs({
      reader: openLogReader({ root: settings.logDir }),
      timeoutMs,
    });
    const health = new HealthReporter({ bus, registry, settings });
    const tell = createTeller(systemLog);
    await addRoutes({ app: door.app, registry, accounts, systemLogs, health, tell });
    const { url: address } = await door.listen();
    life.onStop('http', () => door.close());
    log.info(`listens on ${address}`);
    journal.started();
  },
});
