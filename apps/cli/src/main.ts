import { CommanderError } from 'commander';
import { CliError, EXIT } from './errors.ts';
import { buildProgram } from './program.ts';
import { printable } from './terminal.ts';

// A reader that has seen enough (`| head`) ends the command; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed);
});

try {
  await buildProgram().parseAsync(process.argv);
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  // commander has printed its own words already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const message = error instanceof Error ? error.message : String(error);
  if (message !== '') process.stderr.write(`mcplog: ${printable(message)}\n`);
  return error instanceof CliError ? error.exitStatus : EXIT.failed;
}
