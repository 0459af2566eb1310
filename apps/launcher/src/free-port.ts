import { createServer } from 'node:net';
import { StartError } from './terminal.ts';

const HOST = '127.0.0.1';

/** A loopback port nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  return listenOnce(0);
}

/**
 * The port itself, or a free one for 0.
 * @throws StartError when somebody listens there already
 */
export async function claimPort(port: number): Promise<number> {
  try {
    return await listenOnce(port);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'another program listens there' : message;
    throw new StartError(
      `port ${port} cannot be used (${reason}); choose another with --port N or MCPLOG_PORT`,
    );
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: HOST, exclusive: true }, () => {
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(taken));
    });
  });
}
