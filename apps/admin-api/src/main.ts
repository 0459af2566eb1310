import { createHttpDoor } from '@mcplog/http-door';
import { openLogReader } from '@mcplog/log-store/reader';
import { sendLifeSigns } from '@mcplog/registry';
import { createLogger, createMetrics, runService } from '@mcplog/service-host';
import { connectService } from '@mcplog/service-journal';
import { Accounts } from './accounts.ts';
import { addRoutes, createTeller } from './api.ts';
import { provideFirstAdministrator } from './first-administrator.ts';
import { HealthReporter } from './health.ts';
import { Jobs } from './jobs.ts';
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
    const service = { app, settings, log, life };
    const { bus, registry, systemLog, journal } = await connectService(service, {
      watch: [
        'users',
        'usernames',
        'sessions',
        'catalogue',
        'instances',
        'instance_status',
        'jobs',
        'services',
      ],
    });

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
      timeoutMs: settings.queryTimeoutMs,
    });
    const health = new HealthReporter({ bus, registry, settings });
    const jobs = new Jobs({ registry, logDir: settings.logDir });
    const tell = createTeller(systemLog);
    await addRoutes({ app: door.app, registry, accounts, systemLogs, health, jobs, tell });
    const { url: address } = await door.listen();
    life.onStop('http', () => door.close());
    log.info(`listens on ${address}`);
    journal.started();
  },
});
