import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTempDir } from '@mcplog/test-kit';

export const SETUP = fileURLToPath(new URL('../src', import.meta.url));
const REAL_PACKAGES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** A builder that leaves a trace of each build, in the place of vite. */
const VITE = `
const { appendFileSync, mkdirSync } = require('node:fs');
mkdirSync('dist', { recursive: true });
appendFileSync('dist/index.html', 'built ');
`;

/** Tells its arguments and every signal; ends with status 3 on SIGTERM. */
const LAUNCHER = `
process.on('SIGTERM', () => {
  console.log('got SIGTERM');
  setTimeout(() => process.exit(3), 50);
});
console.log('launched', process.pid, JSON.stringify(process.argv.slice(2)));
const alive = setInterval(() => {}, 1000);
if (process.argv.includes('--end')) clearInterval(alive);
`;

const LOCK = {
  name: 'clone',
  lockfileVersion: 3,
  packages: {
    '': { name: 'clone', dependencies: { vite: 'file:stubs/vite' } },
    'stubs/vite': { name: 'vite', version: '1.0.0' },
    'node_modules/vite': { resolved: 'stubs/vite', link: true },
  },
};

/** A clone of a very small product with our setup in it, and nothing installed. */
export async function freshClone(): Promise<string> {
  const root = await makeTempDir('clone');
  const files = {
    'package.json': JSON.stringify({ name: 'clone', dependencies: LOCK.packages[''].dependencies }),
    'package-lock.json': JSON.stringify(LOCK),
    'stubs/vite/package.json': JSON.stringify(LOCK.packages['stubs/vite']),
    'stubs/vite/bin/vite.js': VITE,
    'apps/launcher/src/main.ts': LAUNCHER,
    'apps/dashboard/web/main.tsx': 'first version',
    'vitest.workspace.ts': "export default { test: { include: ['test/*.test.ts'] } };\n",
  };
  for (const [path, text] of Object.entries(files)) await put(root, path, text);
  await cp(SETUP, join(root, 'tools', 'setup', 'src'), { recursive: true });
  return root;
}

export async function put(root: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

/** Lets the clone's packages include this repository's vitest. */
export async function linkVitest(root: string): Promise<void> {
  await mkdir(join(root, 'node_modules'), { recursive: true });
  await symlink(join(REAL_PACKAGES, 'vitest'), join(root, 'node_modules', 'vitest'));
}
