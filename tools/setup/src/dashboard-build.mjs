import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './packages.mjs';
import { SetupError, say } from './say.mjs';

/** Everything the page is made from, relative to the repository. */
const SOURCES = [
  'apps/dashboard/web',
  'apps/dashboard/vite.config.ts',
  'apps/dashboard/package.json',
  'libs/log-entry/src',
  'libs/log-query/src',
  'libs/protocol/src',
  'package-lock.json',
];

/**
 * Builds the page unless `dist` was built from exactly these sources.
 * @param {string} node  the Node that runs vite
 */
export function ensureDashboard(node, root = ROOT) {
  const dashboard = join(root, 'apps', 'dashboard');
  const marker = join(dashboard, 'dist', '.built-from');
  const sources = sourcesHash(root);
  if (existsSync(marker) && readFileSync(marker, 'utf8') === sources) return;
  say('building the dashboard …');
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const built = spawnSync(node, [vite, 'build', '--logLevel', 'warn'], {
    cwd: dashboard,
    stdio: ['ignore', 2, 2],
  });
  if (built.status !== 0) {
    throw new SetupError(
      'the dashboard could not be built, see above (vite build in apps/dashboard)',
    );
  }
  writeFileSync(marker, sources);
}

/** SHA-256 over names and contents of all sources. */
export function sourcesHash(/** @type {string} */ root) {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap((source) => filesBelow(join(root, source)))) {
    const content = readFileSync(file);
    hash.update(`${relative(root, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {string[]} the file itself, or every file below the folder, in a fixed order
 */
function filesBelow(path) {
  if (!existsSync(path)) return [];
  try {
    const names = readdirSync(path).sort();
    return names.flatMap((name) => filesBelow(join(path, name)));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOTDIR') return [path];
    throw error;
  }
}
