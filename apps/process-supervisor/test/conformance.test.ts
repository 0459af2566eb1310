/**
 * The official conformance suite against server-everything over its own HTTP, and against the same
 * server over stdio behind the bridge: what passes there must pass here.
 */
import { createServer, type Server, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { eventually, freePort, realMcpServers, startProgram } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Stage } from './stage.ts';

const SUITE = fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/package.json'));
const SUITE_MAIN = SUITE.replace('package.json', 'dist/index.js');
const SUMMARY_LINE = /^([✓✗]) ([\w-]+): \d+ passed, \d+ failed$/gm;

let stage: Stage;
let proxy: Server;
let bridgedUrl: string;

beforeAll(async () => {
  stage = await openStage();
  const { everything } = realMcpServers();
  await stage.addItem({ service: 'everything', ...everything, args: [...everything.args] });
  const id = await stage.addInstance('everything');
  proxy = await startProxy();
  const { port } = proxy.address() as AddressInfo;
  bridgedUrl = `http://127.0.0.1:${port}/mcp/${id}`;
  await stage.startSupervisor({
    MCPLOG_ALLOWED_HOSTS: `127.0.0.1:${port},localhost:${port}`,
    MCPLOG_MCP_REQUESTS_PER_MINUTE: '100000',
  });
});

afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await stage.close();
});

/** The suite cannot log in: this adds the token and passes everything else on as it is. */
async function startProxy(): Promise<Server> {
  const server = createServer((request, response) => {
    const { method, headers, url = '' } = request;
    const onward = send(
      new URL(url, stage.url),
      { method, headers: { ...headers, authorization: `Bearer ${stage.tokens.ann}` } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await eventually(() => server.listening);
  return server;
}

async function passedScenarios(url: string): Promise<string[]> {
  const suite = await startProgram(process.execPath, {
    args: [SUITE_MAIN, 'server', '--url', url],
  });
  await suite.exited;
  const lines = [...suite.output().matchAll(SUMMARY_LINE)];
  if (lines.length === 0) throw new Error(suite.output());
  return lines.filter(([, mark]) => mark === '✓').map(([, , name]) => name as string);
}

async function passedBare(): Promise<string[]> {
  const port = await freePort();
  const { everything } = realMcpServers();
  const bare = await startProgram(everything.command, {
    args: [...everything.args, 'streamableHttp'],
    env: { PORT: String(port) },
  });
  const url = `http://127.0.0.1:${port}/mcp`;
  await eventually(() => fetch(url).then(() => true));
  const passed = await passedScenarios(url);
  await bare.end('SIGKILL');
  return passed;
}

test('every scenario that the server passes alone it passes behind the bridge', async () => {
  const bare = await passedBare();
  const bridged = await passedScenarios(bridgedUrl);
  expect(bare.length).toBeGreaterThan(10);
  expect(bare.filter((name) => !bridged.includes(name))).toEqual([]);
  expect(bridged).toContain('dns-rebinding-protection');
});
