/** What the rules of docker-compose.yml need to know of this repository. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUS_PERMISSIONS } from '@mcplog/message-bus';
import type { Repository } from './compose-rules.ts';

/** The folder of this repository. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

export function readRepository(root = ROOT): Repository {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const apps = readdirSync(join(root, 'apps'));
  const tables = apps.map((app) => [app, join('apps', app, 'src', 'settings.ts')] as const);
  const present = tables.filter(([, file]) => existsSync(join(root, file)));
  return {
    settings: Object.fromEntries(present.map(([app, file]) => [app, variablesIn(read(file))])),
    busServices: Object.keys(BUS_PERMISSIONS).filter((name) => name !== 'provisioner'),
    documented: [...read('.env.example').matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map(
      ([, name]) => name ?? '',
    ),
    dockerfile: read('Dockerfile'),
  };
}

function variablesIn(settings: string): string[] {
  return [...settings.matchAll(/\benv: '([A-Z0-9_]+)'/g)].map(([, name]) => name ?? '');
}
