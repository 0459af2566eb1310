#!/usr/bin/env node
// Plain JavaScript without packages: it must run on whatever Node is there.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']);

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  module.enableCompileCache?.();
  await import('../src/main.ts');
} else {
  const node = findNode(dirname(fileURLToPath(import.meta.url)));
  if (node === undefined) {
    process.stderr.write(
      `mcplog: needs Node ${NODE_MAJOR_MIN} or newer, this is ${process.version}; run "npm ci" in the repository\n`,
    );
    process.exitCode = 1;
  } else {
    startAgain(node);
  }
}

/**
 * The Node of the npm package `node`, in this folder or one above it.
 * @param {string} folder
 * @returns {string | undefined}
 */
function findNode(folder) {
  for (const place of [
    ['node', 'bin', 'node'],
    ['.bin', 'node'],
  ]) {
    const file = join(folder, 'node_modules', ...place);
    if (existsSync(file)) return file;
  }
  const above = dirname(folder);
  return above === folder ? undefined : findNode(above);
}

/**
 * Runs the same command line on another Node, which takes this process's place: same streams,
 * signals passed on, same end. The channel tells it when this process is killed outright.
 * @param {string} node
 */
function startAgain(node) {
  const child = spawn(node, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    process.stderr.write(`mcplog: ${node} cannot be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once('spawn', letGoOfStreams);
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const each of SIGNALS) process.removeAllListeners(each);
    process.kill(process.pid, signal);
    process.exitCode = 128 + constants.signals[signal];
  });
}

/** Held here too, a stream that the other process closes would never end for its other side. */
function letGoOfStreams() {
  for (const fd of [0, 1]) {
    closeSync(fd);
    openSync('/dev/null', fd === 0 ? 'r' : 'w');
  }
}
