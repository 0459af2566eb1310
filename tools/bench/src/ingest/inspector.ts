/** Profiles a running Node process from outside, through its inspector. */
import { eventually } from '@mcplog/test-kit';
import type { CpuProfile } from './cpu-profile.ts';

/** Where Node listens after SIGUSR1: one process at a time. */
const INSPECTOR_URL = 'http://127.0.0.1:9229';
const SAMPLE_US = 200;

export interface RunningProfile {
  /** Ends the profile and closes the inspector of the process. */
  finish(): Promise<CpuProfile>;
}

export async function startProfile(pid: number): Promise<RunningProfile> {
  process.kill(pid, 'SIGUSR1');
  const url = await eventually(async () => {
    const answer = await fetch(`${INSPECTOR_URL}/json/list`);
    const [target] = (await answer.json()) as { webSocketDebuggerUrl: string }[];
    return target?.webSocketDebuggerUrl;
  });
  const post = await openChannel(url);
  await post('Profiler.enable');
  await post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
  await post('Profiler.start');
  return {
    finish: async () => {
      const { profile } = (await post('Profiler.stop')) as { profile: CpuProfile };
      // The next process needs the port; closing it ends this connection without an answer.
      const expression = "process.getBuiltinModule('node:inspector').close()";
      void post('Runtime.evaluate', { expression });
      await eventually(async () => !(await isListening()));
      return profile;
    },
  };
}

type Post = (method: string, params?: object) => Promise<unknown>;

async function openChannel(url: string): Promise<Post> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id: number; result: unknown };
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  let lastId = 0;
  return (method, params = {}) =>
    new Promise((resolve) => {
      const id = ++lastId;
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
}

async function isListening(): Promise<boolean> {
  try {
    await fetch(`${INSPECTOR_URL}/json/version`);
    return true;
  } catch {
    return false;
  }
}
