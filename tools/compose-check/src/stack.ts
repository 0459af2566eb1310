/** The product as docker-compose.yml describes it, under a project name of its own. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { eventually, freePort } from '@mcplog/test-kit';
import { ROOT } from './repository.ts';
import { attempt, type Ended, run, works } from './run.ts';
import { ensureStandIns } from './stand-ins.ts';

const PROJECT = 'mcplog-check';
const IMAGE = 'mcplog-check-product';
/** The same with the servers that tests run as instances. */
const TEST_IMAGE = 'mcplog-check-product-and-load';
const HEALTHY_MS = 180_000;

export type Variables = Readonly<Record<string, string>>;

export interface Images {
  readonly variables: Variables;
  /** What health must say of the bus that runs. */
  readonly durability: string;
}

/** How compose is called here. @throws Error telling what is missing */
export function composeCommand(): readonly string[] {
  if (!works(['docker', 'info'])) {
    throw new Error(
      'no Docker daemon answers "docker info"; install docker.io and start dockerd as root',
    );
  }
  const known = [['docker', 'compose'], ['docker-compose']];
  const found = known.find((command) => works([...command, 'version']));
  if (found === undefined)
    throw new Error('neither "docker compose" nor "docker-compose" is installed');
  return found;
}

/** Builds the image of the product, on stand-ins unless the real images are wanted. */
export async function buildImages(real: boolean, say: (text: string) => void): Promise<Images> {
  const standIns = real ? undefined : await ensureStandIns(say);
  say('building the image of the product …');
  const base =
    standIns === undefined ? [] : ['--network', 'host', '--build-arg', `BASE=${standIns.node}`];
  run(['docker', 'build', ...base, '--tag', IMAGE, ROOT]);
  run([
    'docker',
    'build',
    '--build-arg',
    `BASE=${IMAGE}`,
    '--tag',
    TEST_IMAGE,
    '--file',
    join(ROOT, 'tools/compose-check/Dockerfile'),
    join(ROOT, 'tools'),
  ]);
  if (standIns === undefined)
    return { variables: { MCPLOG_IMAGE: TEST_IMAGE }, durability: 'power-loss' };
  const variables = {
    MCPLOG_IMAGE: TEST_IMAGE,
    MCPLOG_NATS_IMAGE: standIns.nats,
    MCPLOG_NATS_VERSION: standIns.natsVersion,
    MCPLOG_REDIS_IMAGE: standIns.redis,
  };
  return { variables, durability: 'process-crash' };
}

export class Stack {
  readonly url: string;
  readonly adminPassword = randomBytes(12).toString('hex');
  readonly #compose: readonly string[];
  readonly #variables: Variables;

  private constructor(compose: readonly string[], variables: Variables, port: number) {
    this.#compose = compose;
    this.url = `http://127.0.0.1:${port}`;
    this.#variables = {
      ...variables,
      MCPLOG_PORT: String(port),
      MCPLOG_ADMIN_PASSWORD: this.adminPassword,
    };
  }

  /** Starts it with empty volumes and waits until every service is healthy. */
  static async up(images: Images): Promise<Stack> {
    const compose = composeCommand();
    Stack.down();
    const stack = new Stack(compose, images.variables, await freePort());
    stack.compose('up', '--detach', '--no-build');
    await stack.untilHealthy();
    return stack;
  }

  /** Removes every container, network and volume of the check. */
  static down(): void {
    const command = [...composeCommand(), ...projectFlags()];
    // Nothing is started, but the file asks for the password in any case.
    run([...command, 'down', '--volumes', '--timeout', '15'], {
      env: { MCPLOG_ADMIN_PASSWORD: 'not used' },
    });
  }

  compose(...args: readonly string[]): string {
    return run([...this.#compose, ...projectFlags(), ...args], { env: this.#variables });
  }

  /** As {@link compose}, with other variables and whatever the outcome. */
  attempt(variables: Variables, ...args: readonly string[]): Ended {
    const env = { ...this.#variables, ...variables };
    return attempt([...this.#compose, ...projectFlags(), ...args], { env });
  }

  /** Every container, the ended ones too. */
  containers(): readonly Container[] {
    const ids = this.compose('ps', '--all', '--quiet').split('\n').filter(Boolean);
    return JSON.parse(run(['docker', 'inspect', ...ids])) as Container[];
  }

  container(service: string): Container {
    const container = this.containers().find((found) => serviceOf(found) === service);
    if (container === undefined) throw new Error(`${service} has no container`);
    return container;
  }

  /** Ends a service without any warning, then starts it again. */
  killAndStart(service: string): void {
    const { Id } = this.container(service);
    run(['docker', 'kill', '--signal', 'KILL', Id]);
    run(['docker', 'start', Id]);
  }

  async untilHealthy(): Promise<void> {
    await eventually(() => this.#isHealthy(), { timeoutMs: HEALTHY_MS, intervalMs: 1_000 });
  }

  /** @throws Error naming the first that is not healthy, and not done either */
  #isHealthy(): true {
    for (const container of this.containers()) {
      const { State } = container;
      const ended = State.Status === 'exited' && State.ExitCode === 0;
      if (!ended && State.Health?.Status !== 'healthy') {
        throw new Error(`${serviceOf(container)} is ${State.Status}, ${State.Health?.Status}`);
      }
    }
    return true;
  }
}

export function serviceOf({ Config }: Container): string {
  return Config.Labels['com.docker.compose.service'] ?? '';
}

/** What `docker inspect` says, as far as it is looked at. */
export interface Container {
  readonly Id: string;
  readonly Config: { readonly User: string; readonly Labels: Readonly<Record<string, string>> };
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly Health?: { readonly Status: string };
  };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly Memory: number;
    readonly PidsLimit: number | null;
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostIp: string }[]>> | null;
  };
  readonly Mounts: readonly { readonly Destination: string; readonly RW: boolean }[];
}

/** The example in place of the machine's own .env. */
function projectFlags(): string[] {
  return [
    '--project-name',
    PROJECT,
    '--file',
    join(ROOT, 'docker-compose.yml'),
    '--env-file',
    join(ROOT, '.env.example'),
  ];
}
