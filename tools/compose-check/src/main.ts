/** Brings docker-compose.yml up on stand-in images, checks it, takes it down. See README.md. */
import { parseArgs } from 'node:util';
import type { Scene } from './check.ts';
import { CONTAINER_CHECKS } from './container-checks.ts';
import { Person } from './person.ts';
import { PRODUCT_CHECKS } from './product-checks.ts';
import { buildImages, type Images, Stack } from './stack.ts';

const IN_IMAGE = '/mcplog';
const EVERYTHING = 'node_modules/@modelcontextprotocol/server-everything/dist/index.js';
const NUMBERED = 'tools/load-generator/src/numbered-server.ts';

const { values: flags } = parseArgs({
  options: {
    up: { type: 'boolean', default: false },
    down: { type: 'boolean', default: false },
    'real-images': { type: 'boolean', default: false },
    'keep-on-failure': { type: 'boolean', default: false },
  },
});
const say = (text: string) => console.error(`compose-check: ${text}`);

async function main(): Promise<number> {
  if (flags.down) {
    Stack.down();
    return 0;
  }
  const images = await buildImages(flags['real-images'], say);
  say('starting the containers …');
  const stack = await Stack.up(images);
  if (!flags.up) return checkAndTakeDown(stack, images);
  tellHowToUse(stack);
  return 0;
}

function tellHowToUse({ url, adminPassword }: Stack): void {
  console.log(`export MCPLOG_TEST_URL=${url}`);
  console.log(`export MCPLOG_TEST_ADMIN_PASSWORD=${adminPassword}`);
  console.log(`export MCPLOG_TEST_REPOSITORY=${IN_IMAGE}`);
}

async function checkAndTakeDown(stack: Stack, images: Images): Promise<number> {
  let failed = 1;
  try {
    failed = await runChecks(await setScene(stack, images));
  } finally {
    if (failed > 0) console.error(stack.compose('logs', '--tail', '50'));
    if (failed === 0 || !flags['keep-on-failure']) Stack.down();
  }
  return failed === 0 ? 0 : 1;
}

/** @returns how many failed */
async function runChecks(scene: Scene): Promise<number> {
  let failed = 0;
  const checks = [...CONTAINER_CHECKS, ...PRODUCT_CHECKS];
  for (const { name, run } of checks) {
    const problem = await run(scene).catch((error: unknown) => error as Error);
    console.log(problem === undefined ? `ok      ${name}` : `FAILED  ${name}: ${problem.message}`);
    if (problem !== undefined) failed++;
  }
  console.log(`${checks.length - failed} passed, ${failed} failed`);
  return failed;
}

async function setScene(stack: Stack, images: Images): Promise<Scene> {
  const admin = await Person.logIn(stack.url, 'admin', stack.adminPassword);
  const item = (program: string, env: Record<string, unknown> = {}) => ({
    command: 'node',
    args: [`${IN_IMAGE}/${program}`],
    env,
    transport: 'stdio',
  });
  const free = { secret: false, required: false };
  const pace = { LINES_PER_SECOND: free, LINES_MAX: free };
  await admin.json('PUT', '/api/v1/admin/catalogue/everything', item(EVERYTHING));
  await admin.json('PUT', '/api/v1/admin/catalogue/numbered', item(NUMBERED, pace));
  const ann = await admin.addUser('ann');
  const bob = await admin.addUser('bob');
  const calls = await ann.addInstance('everything');
  const printer = await ann.addInstance('numbered');
  return { stack, images, admin, ann, bob, calls, printer };
}

try {
  process.exitCode = await main();
} catch (error) {
  say((error as Error).message);
  process.exitCode = 2;
}
