import { createHttpDoor } from '@mcplog/http-door';
import { sendLifeSigns } from '@mcplog/registry';
import { createLogger, createMetrics, runService } from '@mcplog/service-host';
import { connectService } from '@mcplog/service-journal';
import { figuresGauge } from './figures-gauge.ts';
import { HeadSigning } from './heads.ts';
import { loadSettings } from './settings.ts';
import { Writer } from './writer.ts';

const app = 'log-writer';
const settings = loadSettings();
const log = createLogger({ app, level: settings.logLevel });

await runService({
  app,
  version: '0.1.0',
  log,
  start: async (life) => {
    const service = { app, settings, log, life };
    const { bus, registry, systemLog, journal } = await connectService(service, {
      watch: ['instances', 'leases', 'runs', 'services'],
    });

    const writer = new Writer({ bus, registry, systemLog, settings, keepHeads: true });
    const { logDir: logs, dataDir: data } = settings;
    const heads = new HeadSigning({ logs, data, takeHeads: () => writer.takeHeads() });
    life.onStop('heads', () => heads.close());
    life.onStop('writer', () => writer.close());
    const all = () => [...writer.problems, ...heads.problems];
    const problems = () => (bus.connected ? all() : ['the message bus is away']);
    const metrics = createMetrics(app);
    const showFigures = figuresGauge(metrics);
    const report = () => ({ problems: problems(), figures: showFigures(writer.figures) });
    life.onStop('life signs', sendLifeSigns(registry.services, app, report));

    const { httpHost: host, httpPort: port } = settings;
    const sessions = { find: () => undefined };
    const options = { app, log, host, port, allowedHosts: [], sessions, metrics, problems };
    const door = await createHttpDoor(options);
    await door.listen();
    life.onStop('http', () => door.close());
    journal.started();
  },
});
