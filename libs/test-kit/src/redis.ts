import { startContainerServer, useContainers } from './container-server.ts';
import { makeTempDir } from './temp-dir.ts';
import { startLocalServer, type TestServer } from './test-server.ts';

export interface RedisOptions {
  readonly storeDir?: string;
  readonly port?: number;
}

const GREETING = { send: 'PING\r\n', expect: '+PONG' };

/** A real redis-server on loopback that writes every command to its append-only file. */
export async function startRedis(options: RedisOptions = {}): Promise<TestServer> {
  const storeDir = options.storeDir ?? (await makeTempDir('redis'));
  const durable = ['--dir', storeDir, '--save', '', '--appendonly', 'yes'];
  const plan = {
    scheme: 'redis',
    storeDir,
    greeting: GREETING,
    port: options.port,
    command: 'redis-server',
    args: (port: number) => ['--bind', '127.0.0.1', '--port', String(port), ...durable],
  };
  if (!(await useContainers(plan.command))) return startLocalServer(plan);
  return startContainerServer(plan, {
    image: 'redis:7',
    containerPort: 6379,
    args: ['redis-server', '--protected-mode', 'no', ...durable],
    folders: [storeDir],
  });
}
