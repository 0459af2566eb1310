/** `node main.ts` speaks over stdio, `node main.ts --http PORT` over HTTP on loopback. */
import { parseArgs } from 'node:util';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { listenOverHttp } from './over-http.ts';
import { createServer } from './server.ts';

const { values } = parseArgs({ options: { http: { type: 'string' } } });
if (values.http === undefined) {
  await createServer().connect(new StdioServerTransport());
} else {
  listenOverHttp(Number(values.http));
}
