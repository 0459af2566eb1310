import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** How to start an MCP server over stdio. */
export interface McpServerCommand {
  readonly command: string;
  readonly args: readonly string[];
}

export interface RealMcpServers {
  readonly everything: McpServerCommand;
  /** Needs the folders it may open appended to `args`. */
  readonly filesystem: McpServerCommand;
  /** Keeps its graph in the file named by `MEMORY_FILE_PATH`. */
  readonly memory: McpServerCommand;
  readonly sequentialThinking: McpServerCommand;
}

const require = createRequire(import.meta.url);

/** The official reference servers, as installed in node_modules. Throws when one is missing. */
export function realMcpServers(): RealMcpServers {
  return {
    everything: serverCommand('@modelcontextprotocol/server-everything'),
    filesystem: serverCommand('@modelcontextprotocol/server-filesystem'),
    memory: serverCommand('@modelcontextprotocol/server-memory'),
    sequentialThinking: serverCommand('@modelcontextprotocol/server-sequential-thinking'),
  };
}

function serverCommand(packageName: string): McpServerCommand {
  const places = (require.resolve.paths(packageName) ?? []).map((dir) => join(dir, packageName));
  const folder = places.find((place) => existsSync(join(place, 'package.json')));
  if (folder === undefined) throw new Error(`${packageName} is not installed; run npm ci`);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: Record<string, string>;
  };
  const entry = Object.values(manifest.bin)[0];
  if (entry === undefined) throw new Error(`${packageName} has no program`);
  return { command: process.execPath, args: [join(folder, entry)] };
}
