import { expect, it } from 'vitest';
import { nameOfServer } from './server-name.ts';

it.each([
  ['npx -y @modelcontextprotocol/server-github@2.1.0', 'server-github'],
  ['npx @modelcontextprotocol/server-everything', 'server-everything'],
  ['npm exec some-server', 'some-server'],
  ['node /home/me/dist/my-server.js --flag', 'my-server'],
  ['python3 -m mcp_server_time', 'mcp_server_time'],
  ['uvx mcp-server-git --repository .', 'mcp-server-git'],
  ['docker run -i --rm -e TOKEN ghcr.io/github/github-mcp-server', 'github-mcp-server'],
  ['/opt/bin/weird server', 'weird'],
  ['node', 'node'],
])('%s is called %s', (command, name) => {
  expect(nameOfServer(command.split(' '))).toBe(name);
});
