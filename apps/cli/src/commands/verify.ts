import type { Command } from 'commander';
import { EXIT } from '../errors.ts';
import { printable } from '../terminal.ts';
import { print } from './command-context.ts';

export interface VerifyFlags {
  readonly logs?: string;
  readonly data?: string;
  readonly user?: string;
  readonly instance?: string;
  readonly anchor?: readonly string[];
  readonly acceptRoot?: readonly string[];
  readonly deep?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly proof?: string;
  readonly entry?: readonly string[];
  readonly lines?: string;
}

const HELP = `
Reads only, needs no service, and may run beside them. One line to a finding: its kind, the file,
block and seqs where there are any, what is wrong. Then what was looked at, and the last checkpoint:
keep that elsewhere and give it to --anchor later, so that nothing before it can be rolled back.

With --proof it checks the proof.json of an export instead, offline.

Exit status: 0 nothing found, 1 findings, 2 could not run.

Examples:
  mcplog verify --logs ./logs --data ./data
  mcplog verify --logs ./logs --data ./data --anchor 17:2f0a…c1
  mcplog verify --proof proof.json --lines logs.jsonl`;

const collect = (value: string, before: readonly string[] = []) => [...before, value];

export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .description('check every log file against what was signed of it')
    .option('--logs <dir>', 'folder of the log files (MCPLOG_LOG_DIR)')
    .option('--data <dir>', 'data folder with the signatures (MCPLOG_DATA_DIR)')
    .option('--user <id>', "only this user's instances")
    .option('--instance <id>', 'only this instance')
    .option('--anchor <number:hash>', 'a checkpoint that must be there; again for more', collect)
    .option(
      '--accept-root <key>',
      'a new root that began for a known reason; again for more',
      collect,
    )
    .option('--deep', 'unpack every block and make every index anew: as slow as sealing')
    .option('--json', 'one JSON object to a line')
    .option('--quiet', 'findings only')
    .option('--proof <file>', 'check the proof of an export instead; - is stdin')
    .option('--entry <seq>', 'an entry the proof must hold; again for more', collect)
    .option('--lines <file>', 'exported JSON lines, all of which the proof must hold')
    .addHelpText('after', HELP)
    .action(runVerify);
}

/** Whatever keeps it from running is no finding: then the exit status is 2. */
async function runVerify(flags: VerifyFlags): Promise<void> {
  try {
    const { verifyLogs } = await import('../verify/verify-logs.ts');
    const { verifyProof } = await import('../verify/verify-proof.ts');
    const isClean = flags.proof === undefined ? await verifyLogs(flags) : await verifyProof(flags);
    process.exitCode = isClean ? EXIT.ok : EXIT.failed;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (flags.json) await print(`${JSON.stringify({ error: message })}\n`);
    process.stderr.write(`mcplog: could not verify: ${printable(message)}\n`);
    process.exitCode = EXIT.usage;
  }
}
