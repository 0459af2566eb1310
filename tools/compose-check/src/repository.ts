/** What the rules of docker-compose.yml need to know of this repository. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BUS_PERMISSIONS } from '@mcplog/message-bus';
import type { Repository } from './compose-rules.ts';

/** The folder of this repository. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

export async function readRepository(root = ROOT): Promise<Repository> {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const settings: Record<string, string[]> = {};
  for (const app of readdirSync(join(root, 'apps'))) {
    const file = join(root, 'apps', app, 'src', 'settings.ts');
    if (existsSync(file)) settings[app] = await variablesOf(file);
  }
  return {
    settings,
    busServices: Object.keys(BUS_PERMISSIONS).filter((name) => name !== 'provisioner'),
    documented: [...read('.env.example').matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map(
      ([, name]) => name ?? '',
    ),
    dockerfile: read('Dockerfile'),
  };
}

/** By loading the table, as parts of it come from libs; loading reads no environment. */
async function variablesOf(file: string): Promise<string[]> {
  const { SETTINGS = {} } = (await import(pathToFileURL(file).href)) as {
    readonly SETTINGS?: Readonly<Record<string, { readonly env: string }>>;
  };
  return Object.values(SETTINGS).map(({ env }) => env);
}
