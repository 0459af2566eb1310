/** Does every call of a real server have one access entry that tells the truth? */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogEntry } from '@mcplog/log-entry';
import { eventually, makeTempDir } from '@mcplog/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAll, untilFound } from '../src/logs.ts';
import { type Client, connectMcp } from '../src/mcp.ts';
import { isRemote, openProduct, type Product, productPath } from '../src/product.ts';
import { type ItemFields, openScene, type Scene } from '../src/scene.ts';
import type { Session } from '../src/session.ts';

const PACKAGES = 'node_modules';
const OFFICIAL = `${PACKAGES}/@modelcontextprotocol`;
/** Shown to the filesystem server, which runs under a user of its own. */
const DOCUMENTS = await makeTempDir('documents');

interface Call {
  readonly tool: string;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly outcome: 'ok' | 'tool_error' | 'rpc_error' | 'cancelled' | 'suspected_error';
}

interface RealServer {
  readonly item: ItemFields;
  readonly env?: Readonly<Record<string, string>>;
  readonly calls: readonly Call[];
}

function program(path: string, ...args: string[]): ItemFields {
  return { command: 'node', args: [productPath(path), ...args] };
}

const plain = { secret: false, required: false };
const secret = { secret: true, required: false };

/** The servers that run without network, each with calls that end in different ways. */
const SERVERS: Readonly<Record<string, RealServer>> = {
  everything: {
    item: program(`${OFFICIAL}/server-everything/dist/index.js`),
    calls: [
      { tool: 'echo', args: { message: 'hello' }, outcome: 'ok' },
      { tool: 'get-sum', args: { a: 1, b: 2 }, outcome: 'ok' },
      { tool: 'get-sum', args: { a: 'no number' }, outcome: 'tool_error' },
      { tool: 'no-such-tool', outcome: 'tool_error' },
      {
        tool: 'trigger-long-running-operation',
        args: { duration: 30, steps: 30 },
        outcome: 'cancelled',
      },
    ],
  },
  filesystem: {
    item: program(`${OFFICIAL}/server-filesystem/dist/index.js`, DOCUMENTS),
    calls: [
      { tool: 'list_directory', args: { path: DOCUMENTS }, outcome: 'ok' },
      { tool: 'read_text_file', args: { path: `${DOCUMENTS}/note.txt` }, outcome: 'ok' },
      { tool: 'read_text_file', args: { path: `${DOCUMENTS}/none.txt` }, outcome: 'tool_error' },
      { tool: 'read_text_file', args: { path: '/etc/passwd' }, outcome: 'tool_error' },
    ],
  },
  memory: {
    item: {
      ...program(`${OFFICIAL}/server-memory/dist/index.js`),
      env: { MEMORY_FILE_PATH: plain },
    },
    // Without it the graph would lie in the package, which no server may write to.
    env: { MEMORY_FILE_PATH: '/tmp/graph.json' },
    calls: [
      {
        tool: 'create_entities',
        args: { entities: [{ name: 'Ann', entityType: 'person', observations: ['reads logs'] }] },
        outcome: 'ok',
      },
      { tool: 'read_graph', outcome: 'ok' },
      { tool: 'search_nodes', args: { query: 'Ann' }, outcome: 'ok' },
      { tool: 'create_entities', args: { entities: 'none' }, outcome: 'tool_error' },
    ],
  },
  thinking: {
    item: program(`${OFFICIAL}/server-sequential-thinking/dist/index.js`),
    calls: [
      {
        tool: 'sequentialthinking',
        args: {
          thought: 'First the failed call, then the error that came before it.',
          nextThoughtNeeded: false,
          thoughtNumber: 1,
          totalThoughts: 1,
        },
        outcome: 'ok',
      },
    ],
  },
  github: {
    item: program(`${OFFICIAL}/server-github/dist/index.js`),
    calls: [
      { tool: 'search_repositories', args: { wrong: true }, outcome: 'rpc_error' },
      { tool: 'no_such_tool', outcome: 'rpc_error' },
    ],
  },
  slack: {
    item: {
      ...program(`${OFFICIAL}/server-slack/dist/index.js`),
      env: { SLACK_BOT_TOKEN: secret, SLACK_TEAM_ID: plain },
    },
    env: { SLACK_BOT_TOKEN: 'xoxb-no-token-at-all-4711', SLACK_TEAM_ID: 'T0001' },
    // It reports a missing argument as an ordinary answer that holds an error.
    calls: [{ tool: 'slack_post_message', args: { channel_id: 'C1' }, outcome: 'suspected_error' }],
  },
  figma: {
    item: {
      ...program(`${PACKAGES}/figma-developer-mcp/dist/bin.js`, '--stdio'),
      env: { FIGMA_API_KEY: secret, DO_NOT_TRACK: plain },
    },
    env: { FIGMA_API_KEY: 'figd_no-key-at-all-4711', DO_NOT_TRACK: '1' },
    calls: [{ tool: 'get_figma_data', args: { fileKey: '' }, outcome: 'tool_error' }],
  },
  modern: {
    item: program('tools/system-tests/src/modern-server.ts'),
    calls: [
      { tool: 'fine', outcome: 'ok' },
      { tool: 'fails', outcome: 'tool_error' },
      { tool: 'fails_quietly', outcome: 'suspected_error' },
      { tool: 'fine', outcome: 'ok' },
      { tool: 'slow', outcome: 'cancelled' },
    ],
  },
};

let product: Product;
let scene: Scene;
let ann: Session;

describe.skipIf(isRemote)('each call of a real server', () => {
  beforeAll(async () => {
    chmodSync(DOCUMENTS, 0o755);
    writeFileSync(join(DOCUMENTS, 'note.txt'), 'nothing secret');
    product = await openProduct();
    scene = await openScene(product);
    ann = await scene.addUser('ann');
  });

  afterAll(() => product?.stop());

  test.each(Object.entries(SERVERS))(
    'of %s is one access entry with its outcome, and only failures are errors',
    async (name, { item, env = {}, calls }) => {
      await scene.putItem(`real-${name}`, item);
      const id = await scene.addInstance(ann, { service: `real-${name}`, env });
      const client = await connectMcp(ann, id);
      for (const call of calls) await make(client, call);
      const told = await eventually(
        async () => {
          const found = await readAll(ann, id, { 'meta.mcp.method.name': 'tools/call' });
          if (found.length >= calls.length) return found;
          throw new Error(`${found.length} of ${calls.length} calls are told`);
        },
        { timeoutMs: 30_000, intervalMs: 100 },
      );
      await client.close();
      expect(told.map(toolAndOutcome)).toEqual(
        calls.map(({ tool, outcome }) => `${tool}: ${outcome}`),
      );
      expect((await readAll(ann, id, { level: 'error' })).filter(isHarmless)).toEqual([]);
    },
  );

  test('a call that failed quietly is linked to the exception that its server printed', async () => {
    const mcps = await ann.call<{ id: string; service: string }[]>('GET', '/api/v1/mcps');
    const modern = mcps.find(({ service }) => service === 'real-modern')?.id ?? '';
    const [call] = await untilFound(ann, modern, { 'meta.outcome': 'suspected_error' });
    expect(call?.metadata).toMatchObject({
      'gen_ai.tool.name': 'fails_quietly',
      reason: 'exception on stderr: Error: the catalogue is not readable',
    });
    const callId = `${call?.metadata.callId}`;
    const printed = await untilFound(ann, modern, { 'meta.callId': callId, type: 'stderr' });
    expect(printed.map(({ message }) => message.split('\n')[0])).toEqual([
      'Error: the catalogue is not readable',
    ]);
  });

  test('the stderr of the server is there from its first line', async () => {
    const mcps = await ann.call<{ id: string; service: string }[]>('GET', '/api/v1/mcps');
    const memory = mcps.find(({ service }) => service === 'real-memory')?.id ?? '';
    const [line] = await untilFound(ann, memory, { type: 'stderr' });
    expect(line?.message).toBe('Knowledge Graph MCP Server running on stdio');
  });
});

async function make(client: Client, { tool, args = {}, outcome }: Call): Promise<void> {
  const abort = new AbortController();
  const call = client.callTool({ name: tool, arguments: args }, { signal: abort.signal });
  // Given up only once the server has it.
  if (outcome === 'cancelled') setTimeout(() => abort.abort('given up'), 300);
  await call.catch(() => undefined);
}

function toolAndOutcome({ metadata }: LogEntry): string {
  return `${metadata['gen_ai.tool.name']}: ${metadata.outcome}`;
}

/** No failed call, and none of the words by which its server told of one. */
function isHarmless({ message, metadata }: LogEntry): boolean {
  return metadata.type !== 'http' && !/error|exception|fail/i.test(message);
}
