/**
 * `npm start`: makes the machine ready and runs the product. Plain JavaScript without packages,
 * because it runs on whatever Node is there before anything is installed.
 */
import { join } from 'node:path';
import { ensureDashboard } from './dashboard-build.mjs';
import { ensureNode, ensurePackages, ROOT } from './packages.mjs';
import { ensurePrograms, pathWith } from './programs.mjs';
import { runProduct } from './run-product.mjs';
import { orRefuse } from './say.mjs';

const { node, natsServer } = orRefuse(() => {
  ensurePackages();
  const newEnough = ensureNode();
  const programs = ensurePrograms(['nats-server', 'bwrap']);
  ensureDashboard(newEnough);
  return { node: newEnough, natsServer: programs['nats-server'] };
});

const main = join(ROOT, 'apps', 'launcher', 'src', 'main.ts');
const args = [main, ...process.argv.slice(2)];
process.exitCode = await runProduct(node, args, {
  NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'node-compile'),
  ...process.env,
  PATH: pathWith([natsServer]),
});
