/** The official MCP client, connected through the one origin. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Session } from './session.ts';

export type { Client } from '@modelcontextprotocol/client';

export async function connectMcp({ url, token }: Session, instanceId: string): Promise<Client> {
  const client = new Client({ name: 'mcplog-system-tests', version: '1.0.0' });
  const transport = new StreamableHTTPClientTransport(new URL(`${url}/mcp/${instanceId}`), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  await client.connect(transport);
  return client;
}

/** Calls a tool and returns the text of its answer, also of one with `isError`. */
export async function callTool(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  const { content } = await client.callTool({ name, arguments: args }, { timeout: 120_000 });
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
