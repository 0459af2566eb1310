import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startContainerServer, useContainers } from './container-server.ts';
import { makeTempDir } from './temp-dir.ts';
import { startLocalServer, type TestServer } from './test-server.ts';

export interface NatsOptions {
  /** JetStream's folder; without one, a temporary folder. */
  readonly storeDir?: string;
  readonly port?: number;
  /**
   * Text of a nats-server configuration, for example with permissions. Listen address and port
   * are set on the command line and win over it; a store folder it names must be `storeDir`.
   */
  readonly config?: string;
}

const GREETING = { send: '', expect: 'INFO ' };

/** A real nats-server with JetStream on loopback, ready to be connected to. */
export async function startNats(options: NatsOptions = {}): Promise<TestServer> {
  const storeDir = options.storeDir ?? (await makeTempDir('nats'));
  const configFile = join(await makeTempDir('nats-config'), 'nats.conf');
  // nats-server refuses a store folder that is given twice.
  const namesStore = options.config?.includes('store_dir') ?? false;
  await writeFile(configFile, options.config ?? '');
  const plan = {
    scheme: 'nats',
    storeDir,
    greeting: GREETING,
    port: options.port,
    command: 'nats-server',
    args: (port: number) => [
      ...['-c', configFile, '-a', '127.0.0.1', '-p', String(port)],
      ...(namesStore ? [] : ['-js', '-sd', storeDir]),
    ],
  };
  if (!(await useContainers(plan.command))) return startLocalServer(plan);
  return startContainerServer(plan, {
    image: 'nats:2.12',
    containerPort: 4222,
    args: ['-c', configFile, '-a', '0.0.0.0', '-p', '4222', '-js', '-sd', storeDir],
    folders: [storeDir, join(configFile, '..')],
  });
}
