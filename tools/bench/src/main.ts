/** `npm run bench`: measures, prints, and keeps what was measured. */
import { HELP, readCommandLine } from './command-line.ts';
import { runIngest } from './ingest/run-ingest.ts';
import { runProfile } from './ingest/run-profile.ts';
import { runSearch } from './search/run-search.ts';

const command = readCommandLine(process.argv.slice(2));
if (command.kind === 'help') {
  process.stdout.write(HELP);
} else if (command.kind === 'refused') {
  process.stderr.write(`${command.problem}\n\n${HELP}`);
  process.exitCode = 2;
} else if (command.kind === 'search') {
  await runSearch(command);
} else {
  await (command.profile ? runProfile(command) : runIngest(command));
}
