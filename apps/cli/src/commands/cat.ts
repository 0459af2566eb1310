import type { Command } from 'commander';

const HELP = `
Examples:
  mcplog cat logs/users/*/*/app.log
  mcplog cat app.log.1.gz app.log | jq -r .message`;

export function addCatCommand(program: Command): void {
  program
    .command('cat')
    .description('print log files, plain or .gz, one after the other')
    .argument('<file...>', 'log files; - is stdin')
    .addHelpText('after', HELP)
    .action(async (files: string[]) => {
      const { printFiles } = await import('../print-files.ts');
      await printFiles(files, process.stdout);
    });
}
