import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { realMcpServers } from './real-mcp-servers.ts';

test('every reference server has an entry file', () => {
  const entries = Object.values(realMcpServers()).map((server) => server.args[0]);
  expect(entries).toHaveLength(4);
  expect(entries.filter((entry) => !existsSync(entry ?? ''))).toEqual([]);
});
