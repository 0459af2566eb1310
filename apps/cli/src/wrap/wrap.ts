import { basename } from 'node:path';
import type { WrapFlags } from '../commands/wrap.ts';
import { loadSettings } from '../settings.ts';
import { printable } from '../terminal.ts';
import { CaptureFeed } from './capture-feed.ts';
import { connect, openOutput } from './streams.ts';
import {
  forwardSignals,
  type ServerExit,
  startServer,
  type WrappedServer,
} from './wrapped-server.ts';

/** As shells and `env` say it. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
/** A descendant that holds a stream open after the server's end is listened to while it speaks. */
const STRAGGLER_QUIET_MS = 500;

/**
 * Stands between an MCP client and its server. This thread only passes bytes; capture, masking and
 * sending happen in a worker, so that no expression and no disk ever delays the protocol.
 * Ends this process as the server ended.
 */
export async function wrap(command: readonly string[], flags: WrapFlags): Promise<void> {
  const settings = loadSettings();
  const server = await startServer(command).catch((error: NodeJS.ErrnoException) => {
    refuse(command[0] ?? '', error);
  });
  if (server === undefined) return;
  const stopForwarding = forwardSignals((signal) => server.kill(signal));
  const feed = new CaptureFeed({ settings, flags, command, pid: server.child.pid ?? 0 });
  endWithOuterProcess(server);
  const exit = await passThrough(server, feed);
  stopForwarding();
  // Whoever wants us gone now is not made to wait for the delivery.
  const stopHurrying = forwardSignals(() => feed.hurry());
  await feed.end(exit);
  stopHurrying();
  endLike(exit);
}

async function passThrough(server: WrappedServer, feed: CaptureFeed): Promise<ServerExit> {
  const { child, exited } = server;
  let spokeAtMs = 0;
  const tap = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
    spokeAtMs = performance.now();
    feed.take(stream, chunk);
  };
  const stdout = openOutput(1);
  const stderr = openOutput(2);
  void connect(process.stdin, child.stdin, (chunk) => feed.take('stdin', chunk));
  let areOpen = true;
  const ended = Promise.all([
    connect(child.stdout, stdout, tap('stdout')),
    connect(child.stderr, stderr, tap('stderr')),
  ]).then(() => {
    areOpen = false;
  });
  const exit = await exited;
  const isIdle = () =>
    stdout.writableLength + stderr.writableLength === 0 &&
    performance.now() - spokeAtMs > STRAGGLER_QUIET_MS;
  while (areOpen) {
    await Promise.race([ended, pause(STRAGGLER_QUIET_MS)]);
    if (areOpen && isIdle()) break;
  }
  return exit;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

/** An older Node that stands between us and the client was killed: the server would have been. */
function endWithOuterProcess(server: WrappedServer): void {
  if (process.channel === undefined) return;
  process.on('disconnect', () => {
    server.kill('SIGKILL');
    process.exit(1);
  });
  process.channel?.unref();
}

function refuse(program: string, error: NodeJS.ErrnoException): void {
  const why = error.code === 'ENOENT' ? 'command not found' : error.message;
  process.stderr.write(`mcplog: ${printable(basename(program))}: ${printable(why)}\n`);
  process.exitCode = error.code === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE;
}

function endLike({ code, signal }: ServerExit): void {
  if (signal !== null) process.kill(process.pid, signal);
  process.exit(code ?? 1);
}
