import { expect, it } from 'vitest';
import { createMasker, MASK_RULES, type MaskRule } from '../src/index.ts';

const EVERYTHING = { email: true, card: true, iban: true, ssn: true, phone: true, ip: true };
const EXAMPLE_MAX = 96;

const HEAD = `# Rules of masking

Written by the test \`libs/masking/test/rule-table.test.ts\` from the table the platform runs
(\`vitest run -u libs/masking/test/rule-table.test.ts\` after a change of a rule). What masking promises
beside these rules, injected secrets first of all, is in \`libs/masking/README.md\`. \`mcplog mask\` shows what would be kept of a text.

| id | layer | why | masked | left alone |
|---|---|---|---|---|
`;

it('the page of rules says what the table says', async () => {
  const rows = MASK_RULES.map(rowOf).join('\n');
  await expect(`${HEAD}${rows}\n`).toMatchFileSnapshot('../../../docs/masking.md');
});

function rowOf({ id, group, reason, examples, counterExamples }: MaskRule): string {
  const example = (examples[0] ?? '').replace(/[⟦⟧]/g, '');
  const masked = createMasker({ personalData: EVERYTHING }).mask(example);
  return `| \`${id}\` | ${group} | ${reason} | ${cell(masked)} | ${cell(counterExamples[0] ?? '')} |`;
}

/** As code in a table: no line break, no bar, not too long. */
function cell(text: string): string {
  const line = text.replaceAll('\n', '⏎').replaceAll('|', '\\|');
  const short = line.length > EXAMPLE_MAX ? `${line.slice(0, EXAMPLE_MAX)}…` : line;
  return `\`\` ${short} \`\``;
}
