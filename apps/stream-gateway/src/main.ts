import websocket from '@fastify/websocket';
import { createHttpDoor } from '@mcplog/http-door';
import { openLogReader } from '@mcplog/log-store/reader';
import { sendLifeSigns } from '@mcplog/registry';
import { createLogger, createMetrics, runService } from '@mcplog/service-host';
import { connectService } from '@mcplog/service-journal';
import { OpenTails } from './open-tails.ts';
import { addTailRoutes } from './routes/tails.ts';
import { addTicketRoutes } from './routes/tickets.ts';
import { loadSettings } from './settings.ts';
import { TailHub } from './tail-hub.ts';

const app = 'stream-gateway';
const settings = loadSettings();
const log = createLogger({ app, level: settings.logLevel });
/** A subscribe message is small; more is refused. */
const MESSAGE_BYTES_MAX = 16_384;

await runService({
  app,
  version: '0.1.0',
  log,
  start: async (life) => {
    const service = { app, settings, log, life };
    const { bus, registry, journal } = await connectService(service, {
      watch: ['sessions', 'instances', 'tickets', 'services'],
    });

    const open = new OpenTails({ perUserMax: settings.tailsPerUserMax, max: settings.tailsMax });
    registry.sessions.follow((key, session) => session === undefined && open.endSession(key));
    const hub = new TailHub(bus);
    const problems = () => (bus.connected ? [] : ['the message bus is away: tails stand still']);
    const report = () => ({
      problems: problems(),
      figures: { tails: open.count, subjects: hub.subjects },
    });
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
    const options = { maxPayload: MESSAGE_BYTES_MAX, perMessageDeflate: false };
    await door.app.register(websocket, { options });
    const reader = openLogReader({ root: settings.logDir });
    const gateway = { app: door.app, registry, reader, hub, open };
    addTicketRoutes(gateway);
    addTailRoutes(gateway);
    await door.listen();
    life.onStop('http', () => door.close());
    journal.started();
  },
});
