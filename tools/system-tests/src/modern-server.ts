/** An MCP server of the second SDK over stdio, in both eras of the protocol. */
import { setTimeout as delay } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';

const SLOW_MS = 30_000;

function createServer(): McpServer {
  const server = new McpServer({ name: 'modern', version: '1.0.0' });
  const answer = (text: string) => ({ content: [{ type: 'text' as const, text }] });
  server.registerTool('fine', { description: 'Answers' }, () => answer('all is well'));
  server.registerTool('fails', { description: 'Throws' }, () => {
    throw new Error('this tool always fails');
  });
  server.registerTool('fails_quietly', { description: 'Logs an error, and answers' }, () => {
    console.error(new Error('the catalogue is not readable'));
    return answer('no results');
  });
  server.registerTool('slow', { description: 'Answers after half a minute' }, async (ctx) => {
    await delay(SLOW_MS, undefined, { signal: ctx.mcpReq.signal });
    return answer('at last');
  });
  return server;
}

console.error('modern server is ready');
serveStdio(createServer);
