import { createHttpDoor } from '@mcplog/http-door';
import { sendLifeSigns } from '@mcplog/registry';
import { createLogger, createMetrics, runService } from '@mcplog/service-host';
import { connectService } from '@mcplog/service-journal';
import { figuresGauge } from './figures-gauge.ts';
import { Maintenance } from './maintenance.ts';
import { proofOpener } from './proof/open-proof.ts';
import { loadSettings } from './settings.ts';

const app = 'maintenance-worker';
const settings = loadSettings();
const log = createLogger({ app, level: settings.logLevel });

await runService({
  app,
  version: '0.1.0',
  log,
  start: async (life) => {
    const service = { app, settings, log, life };
    const { bus, registry, systemLog, journal } = await connectService(service, {
      watch: ['jobs', 'leases', 'services'],
    });

    const parts = { bus, registry, systemLog, settings };
    let proofProblem: string | undefined;
    const onProblem = (problem: string | undefined) => {
      proofProblem = problem;
    };
    const openProof = proofOpener({ systemLog, settings, onProblem });
    const maintenance = new Maintenance({ ...parts, openProof });
    life.onStop('maintenance', () => maintenance.close());
    const metrics = createMetrics(app);
    const showFigures = figuresGauge(metrics);
    const all = () => [
      ...maintenance.problems,
      ...(proofProblem === undefined ? [] : [proofProblem]),
    ];
    const problems = () => (bus.connected ? all() : ['the message bus is away']);
    const report = () => ({ problems: problems(), figures: showFigures(maintenance.figures) });
    life.onStop('life signs', sendLifeSigns(registry.services, app, report));

    // Files that cannot be sealed are told in the life signs; the service itself is ready.
    const notReady = () => (bus.connected ? [] : ['the message bus is away']);
    const { httpHost: host, httpPort: port } = settings;
    const sessions = { find: () => undefined };
    const options = { app, log, host, port, allowedHosts: [], sessions, metrics };
    const door = await createHttpDoor({ ...options, problems: notReady });
    await door.listen();
    life.onStop('http', () => door.close());
    journal.started();
  },
});
