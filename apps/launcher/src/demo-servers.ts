/** The official reference servers as catalogue items, and what the demo user fills in. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from './folders.ts';
import { StartError } from './terminal.ts';

export interface DemoServer {
  readonly service: string;
  readonly name: string;
  /** Body of `PUT /api/v1/admin/catalogue/{service}`. */
  readonly item: {
    readonly command: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, { secret: boolean; required: boolean }>>;
  };
  /** Values the demo user gives. */
  readonly env: Readonly<Record<string, string>>;
}

const FILES: Readonly<Record<string, string>> = {
  'readme.md': '# Demo files\n\nThe demo user works with these through server-filesystem.\n',
  'shopping.txt': 'milk\nbread\ncoffee\n',
  'orders.csv': 'order,customer,total\n1001,Ann,12.50\n1002,Ben,7.20\n1003,Cleo,99.00\n',
  'notes/meeting.md': '- ship the log page\n- thank the testers\n',
};

/** The four servers of the demo user; writes the files they work with. */
export function demoServers(dataDir: string): DemoServer[] {
  const folder = join(dataDir, 'demo');
  const files = join(folder, 'files');
  writeDemoFiles(files);
  const server = (service: string, name: string, args: readonly string[] = []): DemoServer => ({
    service,
    name,
    item: { command: 'node', args: [serverEntry(service), ...args], env: {} },
    env: {},
  });
  return [
    server('everything', 'Everything'),
    server('filesystem', 'Files', [files]),
    memoryAtHome(server('memory', 'Memory')),
    server('sequential-thinking', 'Sequential thinking'),
  ];
}

/** It keeps its graph beside its own program, unless told otherwise; a server's home is its own. */
function memoryAtHome(memory: DemoServer): DemoServer {
  const script = 'MEMORY_FILE_PATH="$HOME/memory.jsonl" exec node "$0"';
  return {
    ...memory,
    item: { ...memory.item, command: 'sh', args: ['-c', script, ...memory.item.args] },
  };
}

/** Open to every user: the data folder around them is not, and servers are shown this part of it. */
function writeDemoFiles(dir: string): void {
  const notes = join(dir, 'notes');
  mkdirSync(notes, { recursive: true });
  for (const folder of [dir, notes]) chmodSync(folder, 0o777);
  for (const [name, text] of Object.entries(FILES)) {
    const file = join(dir, name);
    if (!existsSync(file)) writeFileSync(file, text);
    chmodSync(file, 0o666);
  }
}

/** The program of an installed `@modelcontextprotocol/server-<service>`, absolute. */
function serverEntry(service: string): string {
  const name = `@modelcontextprotocol/server-${service}`;
  const require = createRequire(join(ROOT, 'apps', 'demo-traffic', 'package.json'));
  const places = (require.resolve.paths(name) ?? []).map((dir) => join(dir, name));
  const folder = places.find((place) => existsSync(join(place, 'package.json')));
  if (folder === undefined) {
    throw new StartError(`${name} is not installed: run "npm ci", or start with --no-demo`);
  }
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly bin: Readonly<Record<string, string>>;
  };
  return join(folder, Object.values(manifest.bin)[0] ?? '');
}
