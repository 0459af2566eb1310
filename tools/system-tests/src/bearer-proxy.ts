/** A local proxy that adds a Bearer token, for programs that cannot log in. */
import { createServer, type IncomingHttpHeaders, request as openRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Session } from './session.ts';

export interface BearerProxy {
  readonly url: string;
  close(): void;
}

/** Everything else passes as it is; its own name in `Host` and `Origin` becomes the product's. */
export async function startBearerProxy({ url: target, token }: Session): Promise<BearerProxy> {
  const server = createServer((request, response) => {
    const { method, url = '' } = request;
    const ours = new RegExp(`(127\\.0\\.0\\.1|localhost):${port()}$`);
    const rename = (text: string | undefined) => text?.replace(ours, new URL(target).host);
    const { host, origin } = request.headers;
    const headers: IncomingHttpHeaders = {
      ...request.headers,
      authorization: `Bearer ${token}`,
      host: rename(host),
      ...(origin !== undefined && { origin: rename(origin) }),
    };
    const onward = openRequest(new URL(url, target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  const port = () => (server.address() as AddressInfo).port;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port()}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
