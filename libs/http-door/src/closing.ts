import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * A way to cut every connection of a server. `server.closeAllConnections` leaves upgraded ones
 * (WebSockets) alone, and a peer that never answers their closing would keep the service alive.
 */
export function connectionCutter(server: Server): () => void {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}
