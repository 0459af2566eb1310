import { Worker } from 'node:worker_threads';
import type { WrapFlags } from '../commands/wrap.ts';
import { type Settings, serverEnvironment } from '../settings.ts';
import { printable } from '../terminal.ts';
import {
  type FeedMessage,
  now,
  type StreamName,
  type WorkerMessage,
  type WrapJob,
} from './wrap-messages.ts';

/** Bytes on their way to the worker; past them chunks are not captured, and an entry says so. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** What the worker may need on a busy machine until everything is safe, before its delivery. */
const SAFE_WAIT_MS = 10_000;

export interface CaptureFeedOptions {
  readonly settings: Settings;
  readonly flags: WrapFlags;
  readonly command: readonly string[];
  readonly pid: number;
}

/** Hands copies of what passed to the worker. Never throws, never waits, never keeps us alive. */
export class CaptureFeed {
  readonly #worker: Worker;
  readonly #isVerbose: boolean;
  readonly #endWaitMs: number;
  readonly #over: Promise<void>;
  #waitingBytes = 0;
  #skippedBytes = 0;
  #isOver = false;

  constructor({ settings, flags, command, pid }: CaptureFeedOptions) {
    const { url, token, data, name } = flags;
    const workerData: WrapJob = {
      settings,
      flags: { url, token, data },
      name,
      command,
      environment: textsOf(serverEnvironment()),
      pid,
      started: now(),
      isOffline: flags.offline === true,
    };
    this.#endWaitMs = SAFE_WAIT_MS + settings.wrapDeliveryMs;
    this.#isVerbose = flags.verbose === true;
    this.#worker = new Worker(new URL('./capture-worker.ts', import.meta.url), {
      workerData,
      // Nothing of ours may reach the client's streams, a warning of Node neither.
      stdout: true,
      stderr: true,
    });
    this.#over = new Promise((resolve) => {
      const end = () => {
        this.#isOver = true;
        resolve();
      };
      this.#worker.on('message', (message: WorkerMessage) => {
        if (message.kind === 'taken') this.#waitingBytes -= message.bytes;
        else if (message.kind === 'problem') this.#tell(message.words);
        else end();
      });
      this.#worker.on('error', (error) => this.#tell(`capture ended: ${error.message}`));
      this.#worker.on('exit', end);
    });
    this.#worker.unref();
  }

  take(stream: StreamName, chunk: Buffer): void {
    if (this.#isOver) return;
    if (this.#waitingBytes + chunk.length > WAITING_BYTES_MAX) {
      this.#skippedBytes += chunk.length;
      return;
    }
    this.#tellSkipped();
    this.#waitingBytes += chunk.length;
    // A copy of its own: the chunk may lie in a pool that others still use.
    const bytes = Uint8Array.from(chunk);
    this.#post({ kind: 'chunk', stream, bytes, moment: now() }, [bytes.buffer]);
  }

  /** The delivery is broken off; what is left stays in the spool. */
  hurry(): void {
    this.#post({ kind: 'hurry' });
  }

  /** Resolves when everything is sent or safe in the spool. */
  async end(exit: { readonly code: number | null; readonly signal: string | null }): Promise<void> {
    if (this.#isOver) return;
    this.#tellSkipped();
    this.#post({ kind: 'end', ...exit });
    this.#worker.ref();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#endWaitMs);
    });
    await Promise.race([this.#over, late]);
    clearTimeout(timer);
    if (!this.#isOver) this.#tell('capture did not end in time');
  }

  #tellSkipped(): void {
    if (this.#skippedBytes === 0) return;
    this.#post({ kind: 'skipped', bytes: this.#skippedBytes });
    this.#skippedBytes = 0;
  }

  #post(message: FeedMessage, transfer: ArrayBuffer[] = []): void {
    if (!this.#isOver) this.#worker.postMessage(message, transfer);
  }

  #tell(words: string): void {
    if (this.#isVerbose) process.stderr.write(`mcplog: ${printable(words)}\n`);
  }
}

function textsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const pairs = Object.entries(env).filter(([, value]) => value !== undefined);
  return Object.fromEntries(pairs) as Record<string, string>;
}
