import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSealer, loadOrCreateMasterKey } from '@mcplog/access-control';
import { createHttpDoor } from '@mcplog/http-door';
import { createMasker } from '@mcplog/masking';
import { connectBus, SystemLog } from '@mcplog/message-bus';
import { openRegistry, RunCounter, sendLifeSigns } from '@mcplog/registry';
import { createLogger, createMetrics, runService } from '@mcplog/service-host';
import { ServiceJournal } from '@mcplog/service-journal';
import { WrapIngest } from './ingest/wrap-ingest.ts';
import { ChildrenFile } from './instances/children-file.ts';
import { sampleProcesses } from './instances/process-samples.ts';
import { StatusBoard } from './instances/status-board.ts';
import { McpEndpoint } from './mcp/mcp-endpoint.ts';
import { Outbox } from './outbox/outbox.ts';
import { addIngestRoutes } from './routes/ingest.ts';
import { addMcpRoutes } from './routes/mcp.ts';
import { loadSettings } from './settings.ts';
import { Supervisor } from './supervisor.ts';

const app = 'process-supervisor';
const settings = loadSettings();
const log = createLogger({ app, level: settings.logLevel });

await runService({
  app,
  version: '0.1.0',
  log,
  start: async (life) => {
    const { dataDir, natsUrl: url, natsSeedFile, spoolBytesMax, childPath } = settings;
    const masterKey = await loadOrCreateMasterKey(
      settings.masterKeyFile ?? join(dataDir, 'master.key'),
    );
    const children = new ChildrenFile(join(dataDir, 'supervisor', 'children.json'));
    const leftovers = children.endLeftovers();

    const seed = natsSeedFile && readFileSync(natsSeedFile, 'utf8').trim();
    const bus = await connectBus({ url, app, seed, onState: (state) => log.info(`bus ${state}`) });
    life.onStop('bus', () => bus.close());
    const registry = await openRegistry(bus, {
      watch: ['catalogue', 'instances', 'instance_status', 'runs', 'services', 'sessions'],
    });
    life.onStop('registry', () => registry.close());
    const systemLog = new SystemLog(bus);
    life.onStop('system log', () => systemLog.close(500));
    const journal = new ServiceJournal(app, systemLog);
    life.onStop('journal', () => journal.stopped());
    const outbox = new Outbox({
      bus,
      dir: join(dataDir, 'supervisor', 'spool'),
      fsync: settings.spoolFsync,
      spoolBytesMax,
      onTorn: (torn) => log.warn(torn, 'the torn end of a spool file was left out'),
    });
    life.onStop('outbox', () => outbox.close(1_000));
    const status = new StatusBoard(registry.instance_status);
    life.onStop('status', () => status.close(500));
    const runs = new RunCounter(registry.runs);
    const supervisor = new Supervisor(
      registry,
      {
        ...{ outbox, children, status, systemLog, log, dataDir, childPath, runs },
        sealer: createSealer(masterKey),
        hashKey: createHmac('sha256', masterKey).update('masked values').digest(),
      },
      leftovers,
    );
    life.onStop('instances', () => supervisor.close());
    life.onStop('samples', sampleProcesses(supervisor, systemLog));

    const problems = () => (bus.connected ? outbox.problems : ['the message bus is away']);
    const endpoint = new McpEndpoint();
    const figures = () => ({
      ...outbox.figures,
      children: supervisor.running().length,
      sessions: endpoint.sessionCount,
    });
    const report = () => ({ problems: problems(), figures: figures() });
    life.onStop('life signs', sendLifeSigns(registry.services, app, report));
    const door = await createHttpDoor({
      ...{ app, log, problems, redisUrl: settings.redisUrl },
      host: settings.httpHost,
      port: settings.httpPort,
      allowedHosts: settings.allowedHosts,
      sessions: { find: (key) => registry.sessions.get(key) },
      metrics: createMetrics(app),
      rateLimit: { max: settings.requestsPerMinute, windowMs: 60_000 },
      onAccess: (event) => journal.access(event),
    });
    life.onStop('http', () => door.close());
    await addMcpRoutes(door.app, { registry, supervisor, endpoint });
    const ingest = new WrapIngest({ registry, runs, outbox, masker: createMasker(), systemLog });
    await addIngestRoutes(door.app, { registry, ingest });
    const { url: address } = await door.listen();
    log.info(`listening on ${address}`);
    journal.started();
  },
});
