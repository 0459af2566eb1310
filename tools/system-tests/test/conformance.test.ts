/** Does the official conformance suite pass through the one origin what the bare server passes? */
import { fileURLToPath } from 'node:url';
import { eventually, freePort, realMcpServers, startProgram } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BearerProxy, startBearerProxy } from '../src/bearer-proxy.ts';
import { openProduct, type Product } from '../src/product.ts';
import { EVERYTHING_ITEM, openScene } from '../src/scene.ts';

const PACKAGE = import.meta.resolve('@modelcontextprotocol/conformance/package.json');
const SUITE = fileURLToPath(PACKAGE).replace('package.json', 'dist/index.js');
const SUMMARY_LINE = /^([✓✗]) ([\w-]+): \d+ passed, \d+ failed$/gm;

let product: Product;
let proxy: BearerProxy;
let instanceId: string;

beforeAll(async () => {
  product = await openProduct();
  const scene = await openScene(product);
  const ann = await scene.addUser('ann');
  await scene.putItem('test-everything', EVERYTHING_ITEM);
  instanceId = await scene.addInstance(ann, { service: 'test-everything' });
  proxy = await startBearerProxy(ann);
});

afterAll(async () => {
  proxy?.close();
  await product?.stop();
});

/** The names of the scenarios that a server passes. @throws Error when the suite says nothing */
async function passedBy(url: string): Promise<string[]> {
  const suite = await startProgram(process.execPath, { args: [SUITE, 'server', '--url', url] });
  await suite.exited;
  const lines = [...suite.output().matchAll(SUMMARY_LINE)];
  if (lines.length === 0) throw new Error(suite.output());
  return lines.filter(([, mark]) => mark === '✓').map(([, , name]) => name as string);
}

async function passedByBareServer(): Promise<string[]> {
  const { command, args } = realMcpServers().everything;
  const port = await freePort();
  const bare = await startProgram(command, {
    args: [...args, 'streamableHttp'],
    env: { PORT: String(port) },
  });
  const url = `http://127.0.0.1:${port}/mcp`;
  await eventually(() => fetch(url).then(() => true));
  const passed = await passedBy(url);
  await bare.end('SIGKILL');
  return passed;
}

test('whatever the bare server passes passes, and DNS rebinding is refused as well', async () => {
  const bare = await passedByBareServer();
  const through = await passedBy(`${proxy.url}/mcp/${instanceId}`);
  expect(bare.length).toBeGreaterThan(10);
  expect(bare.filter((name) => !through.includes(name))).toEqual([]);
  expect(through).toContain('dns-rebinding-protection');
});
