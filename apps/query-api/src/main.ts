import { createSealer, loadOrCreateMasterKey } from '@mcplog/access-control';
import { createHttpDoor } from '@mcplog/http-door';
import { sendLifeSigns } from '@mcplog/registry';
import { createLogger, createMetrics, runService } from '@mcplog/service-host';
import { connectService } from '@mcplog/service-journal';
import { addRoutes, auditChanges } from './api.ts';
import { addApiDocs } from './api-docs.ts';
import { InstanceChanges } from './instance-changes.ts';
import { LogAccess } from './log-access.ts';
import { openSearch } from './open-search.ts';
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

    const metrics = createMetrics(app);
    const { reader, places } = openSearch({ settings, metrics, life });
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
      metrics,
      onAccess: (event) => journal.access(event),
    });
    const { masterKeyFile, instancesPerUserMax } = settings;
    const sealer = createSealer(await loadOrCreateMasterKey(masterKeyFile));
    const changes = new InstanceChanges({ registry, sealer, instancesPerUserMax });
    const access = new LogAccess(registry, reader);
    const audit = auditChanges(systemLog);
    await addApiDocs(door.app);
    addRoutes({ app: door.app, registry, access, places, changes, settings, audit });
    await door.listen();
    life.onStop('http', () => door.close());
    journal.started();
  },
});
