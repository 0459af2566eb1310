import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';

/**
 * Listens at a Unix socket, also when a process that was killed left the file there. Undefined when
 * somebody answers at it.
 */
export async function listenAlone(socketPath: string): Promise<Server | undefined> {
  if (await answers(socketPath)) return undefined;
  rmSync(socketPath, { force: true });
  const server = createServer();
  server.listen(socketPath);
  await once(server, 'listening');
  chmodSync(socketPath, 0o600);
  return server;
}

async function answers(socketPath: string): Promise<boolean> {
  const socket = createConnection(socketPath);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
