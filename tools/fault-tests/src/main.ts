/** `npm run test:faults`: every part in turn; the last line is `N passed, N failed`. */
import { parseArgs } from 'node:util';
import { PARTS } from './parts.ts';
import { Tally } from './tally.ts';

const HELP = `fault tests of the log store

  npm run test:faults -- [--short] [--part TEXT]

  --short       the form that npm test runs
  --part TEXT   only parts whose name holds the text: crash, failing, model, damage, seal …

The power cut test is a program of its own: node tools/fault-tests/src/power-cut/main.ts --help
`;

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    part: { type: 'string', default: '' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const total = { passed: 0, failed: 0 };
for (const part of PARTS.filter(({ name }) => name.includes(values.part))) {
  const tally = new Tally();
  const startedMs = performance.now();
  await part.run(tally, values.short ? 'short' : 'long');
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const { passed, failed, failures } = tally;
  process.stdout.write(`${part.name}: ${passed} passed, ${failed} failed (${seconds} s)\n`);
  for (const { plan, error } of failures) process.stdout.write(`  ${plan}\n    ${error}\n`);
  total.passed += passed;
  total.failed += failed;
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
