/**
 * `npm test`: makes the machine ready and runs every test, always. The last line on stdout is
 * `N passed, N failed`. Arguments go to vitest: `npm test -- libs/capture`.
 */
import { ensureDashboard } from './dashboard-build.mjs';
import { ensureNode, ensurePackages } from './packages.mjs';
import { ensurePrograms, findProgram, PROGRAMS, pathWith } from './programs.mjs';
import { closingLine, runTests } from './run-tests.mjs';
import { SetupError, say } from './say.mjs';

/** @typedef {keyof typeof PROGRAMS} ProgramName */
const WANTED = /** @type {ProgramName[]} */ (Object.keys(PROGRAMS));

/** The failed steps: without packages or Node there is nothing to run, the others leave tests to run. */
let problems = 0;

/** @param {() => unknown} step */
function attempt(step) {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    problems += 1;
    say(error.message);
    return undefined;
  }
}

const node = attempt(() => {
  ensurePackages();
  return ensureNode();
});
if (typeof node !== 'string') {
  process.stdout.write(closingLine({ passed: 0, failed: problems, skipped: 0 }));
  process.exit(1);
}
attempt(() => ensurePrograms(WANTED));
attempt(() => ensureDashboard(node));
const found = WANTED.map((name) => findProgram(name)).filter((path) => path !== undefined);
const browser = findProgram('chromium');
const counts = await runTests(node, process.argv.slice(2), {
  ...process.env,
  PATH: pathWith(found),
  ...(browser === undefined ? {} : { MCPLOG_TEST_BROWSER: browser }),
});
const failed = counts.failed + problems;
process.stdout.write(closingLine({ ...counts, failed }));
process.exitCode = failed > 0 ? 1 : counts.status;
