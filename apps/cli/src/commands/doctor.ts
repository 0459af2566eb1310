import type { Command } from 'commander';
import { printable } from '../terminal.ts';
import { addAccessOptions, print } from './command-context.ts';

interface DoctorFlags {
  readonly url?: string;
  readonly token?: string;
  readonly data?: string;
  readonly logs?: string;
  readonly port?: string;
  readonly json?: boolean;
}

const HELP = `
One line to a check: ok, warn or fail, and what to do. Exit status 1 when one failed.

Example:
  mcplog doctor --data ./data --logs ./logs`;

export function addDoctorCommand(program: Command): void {
  const command = program
    .command('doctor')
    .description('check this machine and the platform')
    .option('--logs <dir>', 'folder of the log files (MCPLOG_LOG_DIR)')
    .option('--port <n>', 'port of the platform on this machine (MCPLOG_PORT)')
    .option('--json', 'one JSON object to a line')
    .addHelpText('after', HELP);
  addAccessOptions(command).action(runDoctor);
}

async function runDoctor(flags: DoctorFlags): Promise<void> {
  const { examine } = await import('../doctor/examine.ts');
  const findings = await examine(flags);
  const lines = findings.map((finding) => {
    if (flags.json) return `${JSON.stringify(finding)}\n`;
    const { status, check, words, todo } = finding;
    return printable(`${status.padEnd(4)}  ${check}: ${words}${todo ? `; ${todo}` : ''}\n`);
  });
  await print(lines.join(''));
  process.exitCode = findings.some(({ status }) => status === 'fail') ? 1 : 0;
}
