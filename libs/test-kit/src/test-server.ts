import { type ChildProgram, startProgram } from './child-program.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { answersOn, type Greeting } from './greeting.ts';

/** A real server on a loopback port that a test may stop, kill and start again. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** Where it keeps its data; it survives `kill` and `restart`. */
  readonly storeDir: string;
  /** The process that runs now, or ran last. */
  readonly pid: number;
  /** What the present process printed. */
  output(): string;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** Same port, same store; ends a process that still runs first. */
  restart(): Promise<void>;
}

export interface ServerPlan {
  readonly command: string;
  readonly args: (port: number) => readonly string[];
  readonly scheme: string;
  readonly storeDir: string;
  readonly greeting: Greeting;
  /** A fixed port; without one a free port is taken, and another if somebody was faster. */
  readonly port?: number | undefined;
}

const ATTEMPTS_MAX = 4;
const READY_TIMEOUT_MS = 20_000;

/** Starts the server as a local process and waits until it answers. */
export async function startLocalServer(plan: ServerPlan): Promise<TestServer> {
  for (let attempt = 1; ; attempt++) {
    const port = plan.port ?? (await freePort());
    try {
      return await serverOn(plan, port);
    } catch (error) {
      const portTaken = /address already in use/i.test(String(error));
      if (!portTaken || plan.port !== undefined || attempt >= ATTEMPTS_MAX) throw error;
    }
  }
}

async function serverOn(plan: ServerPlan, port: number): Promise<TestServer> {
  let program = await startReady(plan, port);
  const end = async (signal: NodeJS.Signals) => {
    await program.end(signal);
  };
  return {
    url: `${plan.scheme}://127.0.0.1:${port}`,
    port,
    storeDir: plan.storeDir,
    get pid() {
      return program.pid;
    },
    output: () => program.output(),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM');
      program = await startReady(plan, port);
    },
  };
}

async function startReady(plan: ServerPlan, port: number): Promise<ChildProgram> {
  const program = await startProgram(plan.command, { args: plan.args(port) });
  const endedEarly = program.exited.then(({ code, signal }) => {
    throw new Error(
      `${plan.command} ended (${signal ?? `status ${code}`}) before it answered:\n${program.output()}`,
    );
  });
  endedEarly.catch(() => undefined);
  const ready = eventually(() => answersOn(port, plan.greeting), { timeoutMs: READY_TIMEOUT_MS });
  try {
    await Promise.race([ready, endedEarly]);
  } catch (error) {
    ready.catch(() => undefined);
    await program.end('SIGKILL');
    throw error;
  }
  return program;
}
