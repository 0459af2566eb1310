/** nats-server as a child, with streams and buckets in it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bus, busSeedPath, connectBus, provisionBus } from '@mcplog/message-bus';
import { type BrokerConfig, writeBrokerConfig } from './broker-config.ts';
import { BusRefusals, type RefusalListener } from './bus-refusals.ts';
import { type Folders, ROOT } from './folders.ts';
import { KeptProgram, type ProgramListener, type ProgramPlan } from './kept-program.ts';
import { endLeftover, removePidFile, writePidFile } from './leftovers.ts';
import { shownNatsLine } from './shown-line.ts';
import { StartError, warn } from './terminal.ts';

const READY_MS = 30_000;
const ATTEMPT_EVERY_MS = 200;
const ENDINGS_MAX = 3;
const NAME = 'nats-server';
const OLD_BROKER = { name: NAME, signal: 'SIGTERM', patienceMs: 5_000 } as const;

// nats-server knows no parent to follow. When this process is killed outright the pipe closes
// without a word; the services get the time they need to hand over, then the broker is stopped.
const WATCHER = 'trap "" INT TERM HUP; read -r word || { sleep 9; kill -TERM "$0"; }';

export interface BrokerOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Told as soon as the program runs, long before the broker is ready. */
  readonly onProgram?: (program: KeptProgram) => void;
  readonly onEvent?: ProgramListener;
  readonly onRefusal?: RefusalListener;
}

export interface Broker extends BrokerConfig {
  readonly program: KeptProgram;
  /** A connection with the provisioner's rights. */
  readonly bus: Bus;
}

/**
 * Starts nats-server (ending one that a killed launcher left behind) and makes what is missing in
 * it, now and after each of its restarts.
 * @throws StartError when it does not come up
 */
export async function startBroker(folders: Folders, options: BrokerOptions): Promise<Broker> {
  const config = await writeBrokerConfig(folders);
  await endLeftover(folders, { ...OLD_BROKER, command: config.file });
  const program = keepBroker(folders, config, options);
  options.onProgram?.(program);
  try {
    const bus = await withDeadline(connectProvisioner(folders, config.url), program);
    await provision(bus, config, program);
    bus.onConnectionChange((connected) => {
      if (connected) void provisionAgain(bus, config, program);
    });
    return { ...config, program, bus };
  } catch (error) {
    program.kill();
    throw error;
  }
}

/** A connection with the provisioner's rights to a broker of this data directory. */
export async function connectProvisioner(folders: Folders, url: string): Promise<Bus> {
  const seed = readFileSync(busSeedPath(folders.bus, 'provisioner'), 'utf8').trim();
  return connectBus({ url, app: 'provisioner', seed });
}

function keepBroker(folders: Folders, config: BrokerConfig, options: BrokerOptions): KeptProgram {
  let watcher: ChildProcess | undefined;
  const refusals = new BusRefusals(options.onRefusal ?? (() => undefined));
  const plan: ProgramPlan = {
    name: NAME,
    command: NAME,
    args: ['-c', config.file],
    cwd: ROOT,
    env: { PATH: options.env.PATH ?? '' },
    logFile: join(folders.run, 'nats-server.log'),
    ipc: false,
    shownLine: shownNatsLine,
    onLine: (line) => refusals.take(line),
    onStarted: (pid) => {
      writePidFile(folders, NAME, pid);
      watcher = watch(pid);
    },
    onEnded: () => {
      refusals.close();
      watcher?.stdin?.end('ended\n');
      removePidFile(folders, NAME);
    },
  };
  return new KeptProgram(plan, options.onEvent);
}

function watch(pid: number): ChildProcess {
  const watcher = spawn('sh', ['-c', WATCHER, String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.on('error', (error) => warn(`the watcher of nats-server: ${error.message}`));
  watcher.stdin.on('error', () => undefined);
  watcher.unref();
  return watcher;
}

/** JetStream answers a little later than the server: tried until it does. */
async function provision(bus: Bus, config: BrokerConfig, program: KeptProgram): Promise<void> {
  const limits = {
    captureBytesMax: Math.min(2 ** 32, Math.floor(config.storeBytesMax / 2)),
    systemBytesMax: Math.min(2 ** 29, Math.floor(config.storeBytesMax / 8)),
  };
  const deadline = performance.now() + READY_MS;
  for (;;) {
    try {
      return await provisionBus(bus, limits);
    } catch (error) {
      if (performance.now() < deadline && program.endings < ENDINGS_MAX) {
        await delay(ATTEMPT_EVERY_MS);
        continue;
      }
      throw failure(program, (error as Error).message);
    }
  }
}

async function provisionAgain(bus: Bus, config: BrokerConfig, program: KeptProgram) {
  try {
    await provision(bus, config, program);
  } catch (error) {
    warn((error as Error).message);
  }
}

async function withDeadline<T>(connecting: Promise<T>, program: KeptProgram): Promise<T> {
  const deadline = performance.now() + READY_MS;
  const tooLate = async (): Promise<never> => {
    while (performance.now() < deadline && program.endings < ENDINGS_MAX) {
      await delay(ATTEMPT_EVERY_MS);
      if (settled) return new Promise<never>(() => undefined);
    }
    throw failure(program, 'no answer');
  };
  let settled = false;
  try {
    return await Promise.race([connecting, tooLate()]);
  } finally {
    settled = true;
  }
}

function failure(program: KeptProgram, problem: string): StartError {
  const words = program.lastLines(5).join('\n  ');
  return new StartError(`nats-server did not come up (${problem}). Its last words:\n  ${words}`);
}
