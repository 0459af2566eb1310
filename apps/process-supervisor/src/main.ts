import { RunCounter, sendLifeSigns } from '@mcplog/registry';
import { createLogger, runService } from '@mcplog/service-host';
import { connectService } from '@mcplog/service-journal';
import { openDoor } from './door.ts';
import { WrapIngest } from './ingest/wrap-ingest.ts';
import { sampleProcesses } from './instances/process-samples.ts';
import { StatusBoard } from './instances/status-board.ts';
import { tellIsolation } from './isolation/tell-isolation.ts';
import { publishProtocol } from './mcp/protocol-report.ts';
import { openOutbox } from './outbox/open-outbox.ts';
import { tellTrouble } from './pipes/tell-trouble.ts';
import { loadSettings } from './settings.ts';
import { Supervisor } from './supervisor.ts';
import { openSurroundings } from './surroundings.ts';

const app = 'process-supervisor';
const settings = loadSettings();
const log = createLogger({ app, level: settings.logLevel });

await runService({
  app,
  version: '0.1.0',
  log,
  start: async (life) => {
    const host = await openSurroundings(settings);
    life.onStop('pipe reader', () => host.reading.close());
    const service = { app, settings, log, life };
    const { bus, registry, systemLog, journal } = await connectService(service, {
      watch: ['catalogue', 'instances', 'instance_status', 'runs', 'services', 'sessions'],
      systemLogStopMs: 500,
    });
    tellIsolation(host.isolation, { log, systemLog });
    host.reading.onTrouble((words) => tellTrouble(words, { systemLog, log }));
    const outbox = openOutbox(bus, { settings, log, ...host });
    life.onStop('outbox', () => outbox.close(1_000));
    const status = new StatusBoard(registry.instance_status);
    life.onStop('status', () => status.close(500));

    const capture = () => [...outbox.problems, ...host.reading.problems];
    const problems = () => (bus.connected ? capture() : ['the message bus is away']);
    const door = await openDoor({ ...service, ...host, registry, problems, journal });
    life.onStop('http', () => door.close());
    const runs = new RunCounter(registry.runs);
    const supervisor = new Supervisor(registry, { ...host, outbox, runs, status, systemLog, log });
    life.onStop('instances', () => supervisor.close());
    life.onStop('samples', sampleProcesses(supervisor, { systemLog, ...settings }));
    life.onStop('protocol', publishProtocol(supervisor, status));

    const ingest = new WrapIngest({ registry, runs, outbox, systemLog, ...host });
    await door.serve({ registry, supervisor, ingest });
    const figures = () =>
      door.showFigures({ ...outbox.figures, ...supervisor.figures, ...host.reading.figures });
    const report = () => ({ problems: problems(), figures: figures() });
    life.onStop('life signs', sendLifeSigns(registry.services, app, report));
    journal.started();
  },
});
