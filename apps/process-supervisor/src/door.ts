import { createHttpDoor } from '@mcplog/http-door';
import { createMetrics, type Logger } from '@mcplog/service-host';
import type { ServiceJournal } from '@mcplog/service-journal';
import { countCapture } from './capture-metrics.ts';
import type { CaptureFigures } from './instances/capture-figures.ts';
import { McpEndpoint } from './mcp/mcp-endpoint.ts';
import { addIngestRoutes, type IngestRoutesOptions } from './routes/ingest.ts';
import { addMcpRoutes, type McpRoutesOptions } from './routes/mcp.ts';
import type { Settings } from './settings.ts';
import type { SupervisorRegistry } from './supervisor.ts';

export interface DoorParts {
  readonly app: string;
  readonly settings: Settings;
  readonly log: Logger;
  readonly registry: SupervisorRegistry;
  readonly problems: () => readonly string[];
  readonly journal: ServiceJournal;
  /** Raise the counters of /metrics whenever figures are shown. */
  readonly figures: CaptureFigures;
}

export interface Door {
  /** Adds the routes and begins to listen. */
  serve(parts: Omit<McpRoutesOptions, 'endpoint'> & IngestRoutesOptions): Promise<void>;
  /** Adds the door's own figures, puts all on /metrics and hands them back. */
  showFigures(figures: Record<string, number>): Record<string, number>;
  close(): Promise<void>;
}

/** The HTTP side: made before the instances, so that it closes after them. */
export async function openDoor(parts: DoorParts): Promise<Door> {
  const { app, settings, log, registry, problems, journal, figures: captured } = parts;
  const metrics = createMetrics(app);
  const endpoint = new McpEndpoint();
  const gauge = metrics.gauge({
    name: 'supervisor_figures',
    help: 'Children, sessions, spool bytes, messages and dropped entries, by name.',
    labels: ['figure'],
  });
  const raise = countCapture(metrics);
  const door = await createHttpDoor({
    ...{ app, log, metrics, problems, redisUrl: settings.redisUrl },
    host: settings.httpHost,
    port: settings.httpPort,
    allowedHosts: settings.allowedHosts,
    trustProxy: settings.trustedProxies,
    sessions: { find: (key) => registry.sessions.get(key) },
    rateLimit: { max: settings.requestsPerMinute, windowMs: 60_000 },
    onAccess: (event) => journal.access(event),
  });
  return {
    serve: async (routes) => {
      await addMcpRoutes(door.app, { ...routes, endpoint });
      await addIngestRoutes(door.app, routes);
      const { url } = await door.listen();
      log.info(`listening on ${url}`);
    },
    showFigures: (own) => {
      const figures = { ...own, sessions: endpoint.sessionCount };
      raise(captured.totals());
      for (const [figure, value] of Object.entries(figures)) gauge.set({ figure }, value);
      return figures;
    },
    close: () => door.close(),
  };
}
