import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { answersOn } from './greeting.ts';
import { tellJanitor } from './janitor.ts';
import { programPath } from './program-path.ts';
import type { ServerPlan, TestServer } from './test-server.ts';

export interface ContainerPlan {
  readonly image: string;
  readonly containerPort: number;
  readonly args: readonly string[];
  /** Folders of this machine that appear under the same path in the container. */
  readonly folders: readonly string[];
}

const run = promisify(execFile);
let dockerAnswer: Promise<boolean> | undefined;

/**
 * Local programs are the normal way. A container takes their place when `MCPLOG_TEST_CONTAINERS=1`
 * or the program is not installed, and in both cases only when a Docker daemon answers.
 */
export async function useContainers(program: string): Promise<boolean> {
  const wanted = process.env.MCPLOG_TEST_CONTAINERS === '1' || programPath(program) === undefined;
  return wanted && (await dockerAnswers());
}

function dockerAnswers(): Promise<boolean> {
  dockerAnswer ??= run('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 5_000 })
    .then(() => true)
    .catch(() => false);
  return dockerAnswer;
}

/** The same server in a container, through testcontainers; the port on this machine stays fixed. */
export async function startContainerServer(
  plan: ServerPlan,
  container: ContainerPlan,
): Promise<TestServer> {
  const port = plan.port ?? (await freePort());
  const id = await startContainer(container, port);
  tellJanitor('watch-container', id);
  const ready = () => eventually(() => answersOn(port, plan.greeting), { timeoutMs: 60_000 });
  const docker = async (...args: readonly string[]) => (await run('docker', args)).stdout.trim();
  const inspectPid = async () => Number(await docker('inspect', '-f', '{{.State.Pid}}', id));
  await ready();
  let pid = await inspectPid();
  return {
    url: `${plan.scheme}://127.0.0.1:${port}`,
    port,
    storeDir: plan.storeDir,
    get pid() {
      return pid;
    },
    output: () => `docker logs ${id}`,
    stop: async () => {
      await docker('stop', id);
    },
    kill: async () => {
      await docker('kill', id);
    },
    restart: async () => {
      await docker('restart', id);
      await ready();
      pid = await inspectPid();
    },
  };
}

async function startContainer(plan: ContainerPlan, port: number): Promise<string> {
  // The reaper container needs an image of its own; our janitor does its work.
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  const { GenericContainer, Wait } = await import('testcontainers');
  const started = await new GenericContainer(plan.image)
    .withUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`)
    .withExposedPorts({ container: plan.containerPort, host: port })
    .withBindMounts(plan.folders.map((path) => ({ source: path, target: path, mode: 'rw' })))
    .withCommand([...plan.args])
    .withWaitStrategy(Wait.forListeningPorts())
    .start();
  return started.getId();
}
