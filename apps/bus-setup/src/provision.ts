/** Streams and buckets of a running bus. */
import { readFileSync } from 'node:fs';
import { busSeedPath, connectBus, knowsSyncInterval, provisionBus } from '@mcplog/message-bus';
import { PROVISIONER } from './prepare.ts';

export interface BusToProvision {
  readonly natsUrl: string;
  readonly natsVersion: string;
  readonly keysDir: string;
  readonly replicas: number;
  readonly onState: (state: string) => void;
}

/**
 * Waits for the bus and makes what is missing in it.
 * @returns the version of the server
 * @throws Error when the server syncs less than its version could
 */
export async function provision(options: BusToProvision): Promise<string> {
  const { natsUrl, natsVersion, keysDir, replicas, onState } = options;
  const seed = readFileSync(busSeedPath(keysDir, PROVISIONER), 'utf8').trim();
  const bus = await connectBus({ url: natsUrl, app: PROVISIONER, seed, onState });
  try {
    assertNoSilentLoss(bus.serverVersion, natsVersion);
    await provisionBus(bus, { replicas });
    return bus.serverVersion;
  } finally {
    await bus.close();
  }
}

/**
 * A configuration written for an older server leaves out the sync that this one would do.
 * @throws Error telling the operator what to set
 */
export function assertNoSilentLoss(running: string, configuredFor: string): void {
  if (!knowsSyncInterval(running) || knowsSyncInterval(configuredFor)) return;
  throw new Error(
    `nats-server ${running} runs with a configuration for ${configuredFor}, which does not sync before it ` +
      'acknowledges; set MCPLOG_NATS_VERSION to the version that runs and start again',
  );
}
