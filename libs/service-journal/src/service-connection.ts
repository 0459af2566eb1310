import { readFileSync } from 'node:fs';
import { type Bus, connectBus, SystemLog } from '@mcplog/message-bus';
import {
  openRegistry,
  type Registry,
  type RegistryOptions,
  type TableName,
} from '@mcplog/registry';
import type { Logger, ServiceLife } from '@mcplog/service-host';
import { ServiceJournal } from './service-journal.ts';

/** What `runService` and the settings of a service have made before it connects. */
export interface ServiceParts {
  /** Its name on the bus and in the system logs. */
  readonly app: string;
  readonly settings: { readonly natsUrl: string; readonly natsSeedFile?: string };
  readonly log: Logger;
  /** Closes the connection when the service stops. */
  readonly life: Pick<ServiceLife, 'onStop'>;
}

export interface ConnectionOptions<N extends TableName> extends RegistryOptions<N> {
  /** How long a stop waits for system entries that are not sent yet, milliseconds. */
  readonly systemLogStopMs?: number;
}

/** What every service has of the bus. */
export interface ServiceConnection<N extends TableName> {
  readonly bus: Bus;
  readonly registry: Registry<N>;
  readonly systemLog: SystemLog;
  /** Has told nothing yet: the service calls `started` when it serves. */
  readonly journal: ServiceJournal;
}

/**
 * Waits for the bus and for complete replicas. At the stop the journal speaks last: what the
 * service registers after this call closes before it.
 * @throws the error of a seed file that cannot be read
 */
export async function connectService<N extends TableName>(
  { app, settings, log, life }: ServiceParts,
  { watch, systemLogStopMs }: ConnectionOptions<N>,
): Promise<ServiceConnection<N>> {
  const { natsUrl: url, natsSeedFile } = settings;
  const seed = natsSeedFile && readFileSync(natsSeedFile, 'utf8').trim();
  const bus = await connectBus({ url, app, seed, onState: (state) => log.info(`bus ${state}`) });
  life.onStop('bus', () => bus.close());
  const registry = await openRegistry(bus, { watch });
  life.onStop('registry', () => registry.close());
  const systemLog = new SystemLog(bus);
  life.onStop('system log', () => systemLog.close(systemLogStopMs));
  const journal = new ServiceJournal(app, systemLog);
  life.onStop('journal', () => journal.stopped());
  return { bus, registry, systemLog, journal };
}
