import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { socketPathIn } from '../pipe-reader/socket-path.ts';
import { type ConnectionListener, ReaderConnection, ReaderRefusal } from './reader-connection.ts';

const MAIN = fileURLToPath(new URL('../pipe-reader/main.ts', import.meta.url));
/** It needs little; V8 would take more for its young objects than for everything else. */
const NODE_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=256'];
const START_MS = 15_000;
/** A reader that has not answered within it is given up. */
const ANSWER_MS = 5_000;
const LOOK_EVERY_MS = 20;
/** A supervisor that was killed a moment ago may still be there for its reader. */
const REFUSED_MS = 3_000;
const REFUSED_EVERY_MS = 250;

/**
 * A connection to the reader of this folder, which is started when none answers.
 * @throws ReaderRefusal when it works for another supervisor
 * @throws Error when none can be started
 */
export async function connectOrStart(
  dir: string,
  listener: ConnectionListener,
): Promise<ReaderConnection> {
  const path = resolve(dir);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const socketPath = socketPathIn(path);
  const begin = performance.now();
  const passedMs = () => performance.now() - begin;
  let failure: unknown;
  let startAtMs = 0;
  while (passedMs() < START_MS) {
    try {
      return await ReaderConnection.open(socketPath, listener);
    } catch (error) {
      failure = error;
    }
    const isRefused = failure instanceof ReaderRefusal;
    if (isRefused && passedMs() > REFUSED_MS) throw failure;
    if (!isRefused && passedMs() >= startAtMs) {
      startReader(path);
      startAtMs = passedMs() + ANSWER_MS;
    }
    await delay(isRefused ? REFUSED_EVERY_MS : LOOK_EVERY_MS);
  }
  throw new Error('the pipe reader cannot be started', { cause: failure });
}

/** It must outlive us: a session of its own, and none of our descriptors. */
function startReader(dir: string): void {
  // Compiled once: a start without the compiler takes half the time and 18 MB less.
  const env = { NODE_COMPILE_CACHE: join(dir, 'reader-cache') };
  const args = [...NODE_FLAGS, MAIN, dir];
  const child = spawn(process.execPath, args, { cwd: '/', env, detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
}
