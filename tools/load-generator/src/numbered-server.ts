/** A real MCP server over stdio that writes numbered lines; see the README for its settings. */
import { RpcError, serveJsonRpc } from './json-rpc.ts';
import { type NumberedLines, openNumberedLines, startPace } from './numbered-lines.ts';
import { TOOLS, ToolFailure } from './tools.ts';

const PROTOCOL_VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];

const env = process.env;
const lines = openNumberedLines({
  stream: env.LINES_TO === 'stdout' ? 'stdout' : 'stderr',
  ledgerFile: env.LEDGER,
  isTimed: env.LINES_WITH_TIME === '1',
});

process.stdin.on('end', () => {
  if (env.IGNORE_STDIN_CLOSE === '1') setInterval(() => undefined, 60_000);
  else process.exit(0);
});
if (env.IGNORE_SIGTERM === '1') process.on('SIGTERM', () => undefined);

serveJsonRpc((method, params) => {
  switch (method) {
    case 'initialize':
      return initialize(params as { protocolVersion?: string } | undefined);
    case 'ping':
      return {};
    case 'tools/list':
      return { tools: Object.keys(TOOLS).map(describe) };
    case 'tools/call':
      return call(params as { name?: string; arguments?: Record<string, unknown> }, lines);
    default:
      throw new RpcError(-32601, `method not found: ${method}`);
  }
});
startPace(lines, Number(env.LINES_PER_SECOND ?? 0), Number(env.LINES_MAX ?? Infinity));

function initialize(params: { protocolVersion?: string } | undefined): object {
  const wanted = params?.protocolVersion ?? '';
  return {
    protocolVersion: PROTOCOL_VERSIONS.includes(wanted) ? wanted : PROTOCOL_VERSIONS[0],
    capabilities: { tools: {} },
    serverInfo: { name: 'numbered-server', version: '1.0.0' },
  };
}

function describe(name: string): object {
  const { description, properties, optional = [] } = TOOLS[name] ?? { properties: {} };
  const required = Object.keys(properties).filter((key) => !optional.includes(key));
  return { name, description, inputSchema: { type: 'object', properties, required } };
}

async function call(
  params: { name?: string; arguments?: Record<string, unknown> },
  numbered: NumberedLines,
): Promise<object> {
  const tool = Object.hasOwn(TOOLS, params.name ?? '') ? TOOLS[params.name ?? ''] : undefined;
  if (tool === undefined) throw new RpcError(-32602, `unknown tool: ${params.name}`);
  try {
    const text = await tool.run(params.arguments ?? {}, numbered);
    return { content: [{ type: 'text', text }] };
  } catch (error) {
    if (!(error instanceof ToolFailure)) throw error;
    return { content: [{ type: 'text', text: error.message }], isError: true };
  }
}
