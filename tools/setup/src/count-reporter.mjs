import { writeFileSync } from 'node:fs';

// biome-ignore-start lint/style/noDefaultExport: vitest takes a reporter from the default export
/**
 * A vitest reporter that writes how many tests passed, failed and were skipped to the file named
 * by MCPLOG_TEST_COUNTS. A test file that cannot be loaded, and an error outside every test, count
 * as failed: a closing line "N passed, 0 failed" must never hide one.
 */
export default class CountReporter {
  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
   * @param {ReadonlyArray<unknown>} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const file = process.env.MCPLOG_TEST_COUNTS;
    if (file !== undefined) writeFileSync(file, JSON.stringify(count(modules, unhandledErrors)));
  }
}
// biome-ignore-end lint/style/noDefaultExport: the rest exports nothing

/**
 * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
 * @param {ReadonlyArray<unknown>} unhandledErrors
 * @returns {{ passed: number, failed: number, skipped: number }}
 */
function count(modules, unhandledErrors) {
  const states = modules.flatMap((module) => [
    ...[...module.children.allTests()].map((test) => test.result().state),
    ...[module, ...module.children.allSuites()].flatMap((suite) =>
      suite.errors().map(() => 'failed'),
    ),
  ]);
  const number = (/** @type {string} */ state) => states.filter((one) => one === state).length;
  return {
    passed: number('passed'),
    failed: number('failed') + number('pending') + unhandledErrors.length,
    skipped: number('skipped'),
  };
}
