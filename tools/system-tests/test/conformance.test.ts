/** Does the official conformance suite pass through the one origin what the bare server passes? */
import { fileURLToPath } from 'node:url';
import { eventually, freePort, realMcpServers, startProgram } from '@mcplog/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BearerProxy, startBearerProxy } from '../src/bearer-proxy.ts';
import { openProduct, type Product, productPath } from '../src/product.ts';
import { EVERYTHING_ITEM, openScene } from '../src/scene.ts';

const PACKAGE = import.meta.resolve('@modelcontextprotocol/conformance/package.json');
const SUITE = fileURLToPath(PACKAGE).replace('package.json', 'dist/index.js');
const SUMMARY_LINE = /^([✓✗]) ([\w-]+): (\d+ passed, \d+ failed)$/gm;
const FIXTURE = 'tools/conformance-server/src/main.ts';

let product: Product;
let proxy: BearerProxy;
let everythingId: string;
let fixtureId: string;

beforeAll(async () => {
  product = await openProduct();
  const scene = await openScene(product);
  const ann = await scene.addUser('ann');
  await scene.putItem('test-everything', EVERYTHING_ITEM);
  everythingId = await scene.addInstance(ann, { service: 'test-everything' });
  await scene.putItem('test-fixture', { command: 'node', args: [productPath(FIXTURE)] });
  fixtureId = await scene.addInstance(ann, { service: 'test-fixture' });
  proxy = await startBearerProxy(ann);
});

afterAll(async () => {
  proxy?.close();
  await product?.stop();
});

/** What came of each scenario, in words of the suite. */
type Results = ReadonlyMap<string, { readonly isPassed: boolean; readonly checks: string }>;

/** @throws Error when the suite says nothing */
async function resultsOf(url: string, suite: 'active' | 'all' = 'active'): Promise<Results> {
  const args = [SUITE, 'server', '--suite', suite, '--url', url];
  const program = await startProgram(process.execPath, { args });
  await program.exited;
  const lines = [...program.output().matchAll(SUMMARY_LINE)];
  if (lines.length === 0) throw new Error(program.output());
  return new Map(
    lines.map(([, mark, name = '', checks = '']) => [name, { isPassed: mark === '✓', checks }]),
  );
}

function passedIn(results: Results): string[] {
  return [...results].filter(([, { isPassed }]) => isPassed).map(([name]) => name);
}

interface BareServer {
  readonly command: string;
  /** @param port where it is to listen */
  readonly args: (port: number) => readonly string[];
  readonly suite: 'active' | 'all';
}

/** The same suite against a server's own HTTP. */
async function resultsOfBare({ command, args, suite }: BareServer): Promise<Results> {
  const port = await freePort();
  const bare = await startProgram(command, { args: args(port), env: { PORT: String(port) } });
  const url = `http://127.0.0.1:${port}/mcp`;
  await eventually(() => fetch(url).then(() => true));
  const results = await resultsOf(url, suite);
  await bare.end('SIGKILL');
  return results;
}

test('whatever server-everything passes passes, and DNS rebinding is refused as well', async () => {
  const { command, args } = realMcpServers().everything;
  const bare = await resultsOfBare({
    command,
    args: () => [...args, 'streamableHttp'],
    suite: 'active',
  });
  const through = passedIn(await resultsOf(`${proxy.url}/mcp/${everythingId}`));
  expect(passedIn(bare).length).toBeGreaterThan(10);
  expect(passedIn(bare).filter((name) => !through.includes(name))).toEqual([]);
  expect(through).toContain('dns-rebinding-protection');
});

test('a server that offers everything has the same results behind the bridge, one by one', async () => {
  const bare = await resultsOfBare({
    command: process.execPath,
    args: (port) => [
      fileURLToPath(new URL(`../../../${FIXTURE}`, import.meta.url)),
      '--http',
      String(port),
    ],
    suite: 'all',
  });
  const bridged = await resultsOf(`${proxy.url}/mcp/${fixtureId}`, 'all');
  console.info(`${passedIn(bare).length} of ${bare.size} scenarios pass, bare and bridged`);
  expect(passedIn(bare)).toEqual([...bare.keys()]);
  expect(bare.size).toBeGreaterThan(30);
  expect(Object.fromEntries(bridged)).toEqual(Object.fromEntries(bare));
});
