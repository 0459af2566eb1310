import { readFileSync } from 'node:fs';
import { createHttpDoor } from '@mcplog/http-door';
import { connectBus, SystemLog } from '@mcplog/message-bus';
import { openRegistry, sendLifeSigns } from '@mcplog/registry';
import { createLogger, createMetrics, runService } from '@mcplog/service-host';
import { ServiceJournal } from '@mcplog/service-journal';
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
    const { natsUrl: url, natsSeedFile, httpHost: host, httpPort: port } = settings;
    const seed = natsSeedFile && readFileSync(natsSeedFile, 'utf8').trim();
    const bus = await connectBus({ url, app, seed, onState: (state) => log.info(`bus ${state}`) });
    life.onStop('bus', () => bus.close());
    const registry = await openRegistry(bus, {
      watch: ['instances', 'leases', 'runs', 'services'],
    });
    life.onStop('registry', () => registry.close());
    const systemLog = new SystemLog(bus);
    life.onStop('system log', () => systemLog.close());
    const journal = new ServiceJournal(app, systemLog);
    life.onStop('journal', () => journal.stopped());

    const writer = new Writer({ bus, registry, systemLog, settings });
    life.onStop('writer', () => writer.close());
    const problems = () => (bus.connected ? writer.problems : ['the message bus is away']);
    const report = () => ({ problems: problems(), figures: writer.figures });
    life.onStop('life signs', sendLifeSigns(registry.services, app, report));

    const metrics = createMetrics(app);
    const sessions = { find: () => undefined };
    const options = { app, log, host, port, allowedHosts: [], sessions, metrics, problems };
    const door = await createHttpDoor(options);
    await door.listen();
    life.onStop('http', () => door.close());
    journal.started();
  },
});
