import { createSealer, loadOrCreateMasterKey } from '@mcplog/access-control';
import { createHttpDoor } from '@mcplog/http-door';
import { openLogReader } from '@mcplog/log-store/reader';
import { sendLifeSigns } from '@mcplog/registry';
import { createLogger, createMetrics, runService } from '@mcplog/service-host';
import { connectService } from '@mcplog/service-journal';
import { addRoutes, auditChanges } from './api.ts';
import { addApiDocs } from './api-docs.ts';
import { InstanceChanges } from './instance-changes.ts';
import { LogAccess } from './log-access.ts';
import { loadSettings } from './settings.ts';

const app = 'query-api';
const settings = loadSettings();
const log = createLogger({ app, level: settings.logLevel });

await runService({
  app,
  version: '0.1.0',
  log,
  start: async (life) => {
    const service = { app, settings, log, life };
    const { bus, registry, systemLog, journal } = await connectService(service, {
      watch: ['sessions', 'catalogue', 'instance_status', 'instances', 'services'],
    });

    const problems = () =>
      bus.connected ? [] : ['the message bus is away: nothing can be changed'];
    const report = () => ({ problems: problems(), figures: {} });
    life.onStop('life signs', sendLifeSigns(registry.services, app, report));

    const door = await createHttpDoor({
      app,
      log,
      host: settings.httpHost,
      port: settings.httpPort,
      allowedHosts: settings.allowedHosts,
      redisUrl: settings.redisUrl,
      rateLimit: { max: settings.requestsPerMinute, windowMs: 60_000 },
      trustProxy: settings.trustedProxies,
      sessions: { find: (key) => registry.sessions.get(key) },
      metrics: createMetrics(app),
      onAccess: (event) => journal.access(event),
    });
    const { logDir, masterKeyFile, instancesPerUserMax } = settings;
    const sealer = createSealer(await loadOrCreateMasterKey(masterKeyFile));
    const changes = new InstanceChanges({ registry, sealer, instancesPerUserMax });
    const access = new LogAccess(registry, openLogReader({ root: logDir }));
    const audit = auditChanges(systemLog);
    await addApiDocs(door.app);
    addRoutes({ app: door.app, registry, access, changes, settings, audit });
    await door.listen();
    life.onStop('http', () => door.close());
    journal.started();
  },
});
