import type { Command } from 'commander';

const HELP = `
Shows what the platform would keep of a text. How often which rule masked something is told on
stderr.

Example:
  mcplog mask < server.log`;

export function addMaskCommand(program: Command): void {
  program
    .command('mask')
    .description('print stdin with credentials and personal data masked')
    .addHelpText('after', HELP)
    .action(runMask);
}

async function runMask(): Promise<void> {
  const { createMasker } = await import('@mcplog/masking');
  const { linesOf } = await import('../stream-lines.ts');
  const { print } = await import('./command-context.ts');
  const masker = createMasker();
  const stream = masker.createLineMasker();
  for await (const { text, end } of linesOf(process.stdin)) {
    await print(stream.maskLine(text) + end);
  }
  const counts = [...masker.counters().byRule].sort(([, a], [, b]) => b - a);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  process.stderr.write(`masked: ${total}\n`);
  for (const [rule, count] of counts) process.stderr.write(`  ${rule}: ${count}\n`);
}
