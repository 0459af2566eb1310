/** `npm run sync-check`: what no compiler or linter sees. Exit status 1 when something is wrong. */
import { checkErrorCodes, checkFeatures, checkReadmes, checkSettings } from './check-docs.ts';
import { checkMachineTraces, checkNames } from './check-files.ts';
import { checkDeclaredImports, checkSourceImports } from './check-imports.ts';
import { type Check, gitRepo } from './repo.ts';

const CHECKS: readonly Check[] = [
  checkDeclaredImports,
  checkSourceImports,
  checkErrorCodes,
  checkReadmes,
  checkNames,
  checkFeatures,
  checkMachineTraces,
  checkSettings,
];

const repo = gitRepo(process.cwd());
const findings = CHECKS.flatMap((check) => check(repo));
const problems = findings.filter(({ kind }) => kind === 'problem');
for (const { kind, text } of findings) console.log(`sync-check: ${kind}: ${text}`);
console.log(`sync-check: ${repo.files.length} files, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
