import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './packages.mjs';
import { say } from './say.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

const REPORTER = fileURLToPath(new URL('./count-reporter.mjs', import.meta.url));

/**
 * Runs vitest once over the whole repository, or over what `args` select.
 * @param {string} node
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Counts & { status: number }>} a run that ends without a result counts as one failure
 */
export async function runTests(node, args, env) {
  const dir = mkdtempSync(join(tmpdir(), 'mcplog-counts-'));
  const countsFile = join(dir, 'counts.json');
  const status = await runVitest(node, args, { ...env, MCPLOG_TEST_COUNTS: countsFile });
  const counts = existsSync(countsFile)
    ? /** @type {Counts} */ (JSON.parse(readFileSync(countsFile, 'utf8')))
    : withoutResult();
  rmSync(dir, { recursive: true, force: true });
  return { ...counts, status };
}

/** @returns {Counts} */
function withoutResult() {
  say('vitest ended without a result');
  return { passed: 0, failed: 1, skipped: 0 };
}

/**
 * @param {string} node
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
async function runVitest(node, args, env) {
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const fixed = ['run', '--config', 'vitest.workspace.ts', '--reporter=default'];
  const programs = join(ROOT, 'node_modules', '.bin');
  const child = spawn(node, [vitest, ...fixed, `--reporter=${REPORTER}`, ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...env, PATH: `${programs}${delimiter}${env.PATH}` },
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.on(signal, () => child.kill(signal));
  }
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}

/** @param {Counts} counts */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`;
}
