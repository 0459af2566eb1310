/** The life of one process: open, serve, wait, stop in reverse. */
import type { Logger } from 'pino';

const STOP_BUDGET_MS = 8_000;

export interface ServiceLife {
  /** What to undo when the service stops; last registered, first closed. */
  onStop(name: string, close: () => unknown): void;
  /** Aborts as soon as stopping begins. */
  readonly stopping: AbortSignal;
  /** Ends the service; the exit status is 0, or 1 when an error is given. */
  stop(reason: string, error?: unknown): void;
}

export interface ServiceOptions {
  readonly app: string;
  readonly version: string;
  readonly log: Logger;
  /** Opens everything; each resource registers its closer as soon as it is open. */
  readonly start: (life: ServiceLife) => Promise<void>;
  /** Time for all closers together, milliseconds. */
  readonly stopBudgetMs?: number;
  /** Also stop when stdin ends, for a parent that gives a pipe and no IPC channel. */
  readonly watchStdin?: boolean;
}

interface Closer {
  readonly name: string;
  readonly close: () => unknown;
}

/** Sent to the parent over IPC when `start` has finished. */
export interface ReadyMessage {
  readonly mcplog: 'ready';
  readonly app: string;
}

/**
 * Runs until SIGTERM, SIGINT, the death of the parent, or an error nobody caught. Exit status 0
 * after a clean stop; 1 after an error, a stop that took too long, or a second signal.
 */
export async function runService(options: ServiceOptions): Promise<void> {
  const { app, version, log, start } = options;
  const life = createLife(options);
  watchSignals(life, log);
  watchParent(life, options.watchStdin ?? false);
  watchErrors(life, log);
  log.info({ version, node: process.version }, `${app} starts`);
  try {
    await start(life);
  } catch (error) {
    life.stop(`${app} could not start: ${messageOf(error)}`, error);
    return;
  }
  if (life.stopping.aborted) return;
  log.info(`${app} is ready`);
  const ready: ReadyMessage = { mcplog: 'ready', app };
  // The callback takes the error of a parent that died in between; 'disconnect' handles it.
  process.send?.(ready, undefined, undefined, () => undefined);
}

function createLife({ log, stopBudgetMs = STOP_BUDGET_MS }: ServiceOptions): ServiceLife {
  const closers: Closer[] = [];
  const abort = new AbortController();
  const finish = async (failed: boolean) => {
    setTimeout(() => {
      log.fatal({ open: closers.map(({ name }) => name) }, `not stopped in ${stopBudgetMs} ms`);
      process.exit(1);
    }, stopBudgetMs).unref();
    const clean = await closeInReverse(closers, log);
    log.info('stopped');
    process.exit(failed || !clean ? 1 : 0);
  };
  return {
    stopping: abort.signal,
    onStop: (name, close) => void closers.push({ name, close }),
    stop: (reason, error) => {
      if (abort.signal.aborted) return;
      if (error === undefined) log.info(`stopping: ${reason}`);
      else log.fatal({ err: error }, reason);
      abort.abort();
      void finish(error !== undefined);
    },
  };
}

/** One closer that fails must not keep the others open. */
async function closeInReverse(closers: Closer[], log: Logger): Promise<boolean> {
  let clean = true;
  for (let closer = closers.at(-1); closer; closer = closers.at(-1)) {
    try {
      await closer.close();
    } catch (error) {
      clean = false;
      log.error({ err: error }, `${closer.name} did not close cleanly`);
    }
    closers.splice(closers.indexOf(closer), 1);
  }
  return clean;
}

function watchSignals(life: ServiceLife, log: Logger): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (!life.stopping.aborted) return life.stop(signal);
      log.warn(`second ${signal}: ended without waiting`);
      process.exit(1);
    });
  }
}

/** A launcher that was killed with -9 sends no signal, but its channel closes. */
function watchParent(life: ServiceLife, watchStdin: boolean): void {
  if (process.channel) {
    process.on('disconnect', () => life.stop('the parent process is gone'));
    process.channel.unref();
  }
  if (watchStdin) {
    process.stdin.on('end', () => life.stop('stdin ended')).resume();
    process.stdin.on('error', () => life.stop('stdin failed'));
  }
}

/** After an uncaught error memory can hold anything: say so, close, and let the parent restart. */
function watchErrors(life: ServiceLife, log: Logger): void {
  const advice =
    'a bug in this service; it ends now and its launcher restarts it. Please report it';
  process.on('uncaughtException', (error) => {
    if (life.stopping.aborted) log.error({ err: error }, 'uncaught error while stopping');
    life.stop(`uncaught error: ${messageOf(error)}: ${advice}`, error);
  });
  process.on('unhandledRejection', (reason) => {
    if (life.stopping.aborted) log.error({ err: reason }, 'unhandled rejection while stopping');
    life.stop(
      `unhandled rejection: ${messageOf(reason)}: ${advice}`,
      reason ?? new Error('no reason'),
    );
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
