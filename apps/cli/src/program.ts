import { Command } from 'commander';
import { addCatCommand } from './commands/cat.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addExportCommand } from './commands/export.ts';
import { addInstancesCommand } from './commands/instances.ts';
import { addLoginCommand } from './commands/login.ts';
import { addLogoutCommand } from './commands/logout.ts';
import { addMaskCommand } from './commands/mask.ts';
import { addSearchCommand } from './commands/search.ts';
import { addTailCommand } from './commands/tail.ts';
import { addUpCommand } from './commands/up.ts';
import { addVerifyCommand } from './commands/verify.ts';
import { addWrapCommand } from './commands/wrap.ts';

const HELP = `
Where a command finds the platform, first found: --url and --token, MCPLOG_URL and MCPLOG_TOKEN,
what "mcplog login" stored, a platform that runs on this machine.

Exit status: 0 done, 1 failed (or found something), 2 wrong use. "mcplog wrap" ends as the wrapped server does.
"mcplog <command> --help" shows flags and examples.`;

/** Every command with its flags; what a command does is loaded when it is called. */
export function buildProgram(): Command {
  const program = new Command('mcplog')
    .description('Runs, watches and logs MCP servers for many users')
    .version('0.1.0')
    .enablePositionalOptions()
    .showHelpAfterError('(--help shows what is accepted)')
    .exitOverride()
    .addHelpText('after', HELP);
  addUpCommand(program);
  addLoginCommand(program);
  addLogoutCommand(program);
  addInstancesCommand(program);
  addTailCommand(program);
  addSearchCommand(program);
  addExportCommand(program);
  addWrapCommand(program);
  addDoctorCommand(program);
  addMaskCommand(program);
  addCatCommand(program);
  addVerifyCommand(program);
  return program;
}
