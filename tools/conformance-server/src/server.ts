import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { getPrompt, listPrompts } from './prompts.ts';
import { RESOURCES, readResource, TEMPLATE } from './resources.ts';
import { TOOLS } from './tools.ts';

const COMPLETIONS = ['test', 'testing', 'tested'];

/** One session's server; any transport may be connected to it. */
export function createServer(): Server {
  const server = new Server(
    { name: 'mcplog-conformance-server', version: '0.1.0' },
    {
      capabilities: {
        tools: {},
        resources: { subscribe: true },
        prompts: {},
        completions: {},
        logging: {},
      },
    },
  );
  offerTools(server);
  offerResources(server);
  offerPrompts(server);
  return server;
}

function offerTools(server: Server): void {
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.entries(TOOLS).map(([name, { description, inputSchema }]) => ({
      name,
      description,
      inputSchema,
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, extra) => {
    const tool = TOOLS[params.name];
    if (tool === undefined) throw unknown('tool', params.name);
    return tool.run({ server, args: params.arguments ?? {}, extra });
  });
}

function offerResources(server: Server): void {
  const watched = new Set<string>();
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: [...RESOURCES] }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [TEMPLATE],
  }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    const result = readResource(uri);
    if (result === undefined) throw unknown('resource', uri);
    return result;
  });
  server.setRequestHandler(SubscribeRequestSchema, ({ params: { uri } }) => {
    watched.add(uri);
    return {};
  });
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
    watched.delete(uri);
    return {};
  });
}

function offerPrompts(server: Server): void {
  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: listPrompts() }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => {
    const prompt = getPrompt(params.name, params.arguments ?? {});
    if (prompt === undefined) throw unknown('prompt', params.name);
    return prompt;
  });
  server.setRequestHandler(CompleteRequestSchema, ({ params }) => {
    const values = COMPLETIONS.filter((word) => word.startsWith(params.argument.value));
    return { completion: { values, total: values.length, hasMore: false } };
  });
}

function unknown(what: string, name: string): McpError {
  return new McpError(ErrorCode.InvalidParams, `there is no ${what} ${name}`);
}
