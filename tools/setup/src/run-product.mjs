import { spawn } from 'node:child_process';

/** A user who presses Ctrl-C under npm causes two signals at once: the terminal's and npm's. */
const SAME_REQUEST_MS = 1_000;

// When this process is killed outright, the pipe closes without a word, and the product is told to
// stop: nothing must go on running behind a command that is gone.
const WATCHER = 'trap "" INT TERM HUP; read -r word || kill -TERM "$0"';

/**
 * Runs the product in the foreground: same terminal, signals passed on, its exit status returned.
 * It gets a process group of its own, because Ctrl-C in a terminal hits the whole group and would
 * end the bus before the services that still have entries to hand over.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>}
 */
export function runProduct(command, args, env) {
  const product = spawn(command, args, { stdio: 'inherit', env, detached: true });
  let passedOn = 0;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      if (performance.now() - passedOn < SAME_REQUEST_MS && passedOn > 0) return;
      passedOn = performance.now();
      product.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
    });
  }
  const watcher = watch(product.pid);
  return new Promise((resolve, reject) => {
    product.once('error', reject);
    product.once('exit', (code, signal) => {
      watcher?.stdin?.end('ended\n');
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

/** @param {number | undefined} pid */
function watch(pid) {
  if (pid === undefined || process.platform === 'win32') return undefined;
  const watcher = spawn('sh', ['-c', WATCHER, String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.on('error', () => undefined);
  watcher.unref();
  return watcher;
}
