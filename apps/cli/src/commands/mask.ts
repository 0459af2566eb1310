import type { MaskCounters } from '@mcplog/masking';
import type { Command } from 'commander';
import { EXIT } from '../errors.ts';
import type { MaskFlags } from '../mask/mask-options.ts';

const HELP = `
Shows what the platform would keep of a text: credentials, personal data and the given secrets
become [masked:<rule>]. On a terminal the marks are coloured. How often which rule masked
something is told on stderr, or with --json on stdout. Memory does not grow with the text.

The rules stand in docs/masking.md. A secrets file holds NAME=value lines, as .env files do.

Exit status: 0 done, 1 with --check when there is something to mask, 2 wrong use.

Examples:
  mcplog mask < server.log
  mcplog mask --secret-env FIGMA_API_KEY --secrets-file .env < server.log > shareable.log
  mcplog mask --check < server.log || echo "not for others' eyes"
  node server.js 2>&1 >/dev/null | mcplog mask --json`;

export function addMaskCommand(program: Command): void {
  const append = (value: string, before: string[]) => [...before, value];
  program
    .command('mask')
    .description('print stdin with credentials and personal data masked')
    .option('--json', 'print counts per rule as JSON instead of the text')
    .option('--check', 'print no text; exit status 1 when there is something to mask')
    .option('--secret-env <name>', 'a variable whose value is a secret; repeatable', append, [])
    .option('--secrets-file <file>', 'a file of NAME=value secrets; repeatable', append, [])
    .option('--personal-data <kinds>', 'email,card,iban,ssn,phone,ip, or all, or none')
    .addHelpText('after', HELP)
    .action(runMask);
}

async function runMask(flags: MaskFlags): Promise<void> {
  const { createMasker } = await import('@mcplog/masking');
  const { linesOf } = await import('../stream-lines.ts');
  const { print } = await import('./command-context.ts');
  const { serverEnvironment } = await import('../settings.ts');
  const { readPersonalData, readSecrets } = await import('../mask/mask-options.ts');
  const { maskStream } = await import('../mask/mask-stream.ts');
  const personalData = readPersonalData(flags.personalData);
  const masker = createMasker({
    secrets: readSecrets(flags, serverEnvironment()),
    ...(personalData === undefined ? {} : { personalData }),
  });
  for (const name of masker.unmaskable) {
    process.stderr.write(`mcplog: the value of ${name} is too short to be masked\n`);
  }
  const paint = await painter();
  for await (const text of maskStream(linesOf(process.stdin), masker.createLineMasker())) {
    if (!flags.json && !flags.check && text !== '') await print(paint(text));
  }
  const counters = masker.counters();
  if (flags.json) await print(`${JSON.stringify(summaryOf(counters))}\n`);
  else process.stderr.write(tableOf(counters));
  if (flags.check && counters.maskedTexts > 0) process.exitCode = EXIT.failed;
}

/** On a terminal nothing of a stranger's text is obeyed, and marks stand out. */
async function painter(): Promise<(text: string) => string> {
  if (process.stdout.isTTY !== true) return (text) => text;
  const { printable } = await import('../terminal.ts');
  const { stdoutPalette } = await import('./command-context.ts');
  const { level } = stdoutPalette();
  return (text) =>
    printable(text).replace(/\[masked:[^\]\s]{1,100}\]/g, (mark) => level('warn', mark));
}

function byCount({ byRule }: MaskCounters): [string, number][] {
  return [...byRule].sort(([, a], [, b]) => b - a);
}

function summaryOf(counters: MaskCounters) {
  const { texts, characters, maskedTexts, overBudget } = counters;
  const rules = Object.fromEntries(byCount(counters));
  return { lines: texts, characters, maskedLines: maskedTexts, overBudget, rules };
}

function tableOf(counters: MaskCounters): string {
  const rows = byCount(counters);
  const total = rows.reduce((sum, [, count]) => sum + count, 0);
  const lines = rows.map(([rule, count]) => `  ${rule}: ${count}\n`);
  return `masked: ${total} in ${counters.maskedTexts} of ${counters.texts} lines\n${lines.join('')}`;
}
