import { createLogger, createMetrics, runService } from '@mcplog/service-host';
import { createOrigin } from './origin.ts';
import { loadSettings } from './settings.ts';

const app = 'dashboard';
const settings = loadSettings();
const log = createLogger({ app, level: settings.logLevel });

await runService({
  app,
  version: '0.1.0',
  log,
  start: async (life) => {
    const door = await createOrigin({
      log,
      metrics: createMetrics(app),
      host: settings.httpHost,
      port: settings.httpPort ?? settings.port,
      publicPort: settings.port,
      allowedHosts: settings.allowedHosts,
      trustProxy: settings.frontProxies,
      upstreams: {
        'query-api': settings.queryApiUrl,
        'admin-api': settings.adminApiUrl,
        'stream-gateway': settings.streamGatewayUrl,
        'process-supervisor': settings.supervisorUrl,
      },
    });
    const { url } = await door.listen();
    life.onStop('http', () => door.close());
    log.info({ url }, 'the one origin is open');
  },
});
