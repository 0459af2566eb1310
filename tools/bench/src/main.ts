/** `npm run bench`: measures, prints, and keeps what was measured. */
import { HELP, readCommandLine } from './command-line.ts';
import { runExport } from './export/run-export.ts';
import { runIngest } from './ingest/run-ingest.ts';
import { runProfile } from './ingest/run-profile.ts';
import { runSeal } from './seal/run-seal.ts';
import { runSearch } from './search/run-search.ts';
import { runVerify } from './verify/run-verify.ts';

const command = readCommandLine(process.argv.slice(2));
switch (command.kind) {
  case 'help':
    process.stdout.write(HELP);
    break;
  case 'refused':
    process.stderr.write(`${command.problem}\n\n${HELP}`);
    process.exitCode = 2;
    break;
  case 'search':
    await runSearch(command);
    break;
  case 'seal':
    await runSeal(command);
    break;
  case 'verify':
    await runVerify(command);
    break;
  case 'export':
    await runExport(command);
    break;
  case 'ingest':
    await (command.profile ? runProfile(command) : runIngest(command));
}
