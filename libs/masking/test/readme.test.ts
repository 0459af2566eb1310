import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MASK_RULES } from '../src/index.ts';

it('the README lists exactly the rules there are, in their order', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = MASK_RULES.map((rule) => `| \`${rule.id}\` | ${rule.group} | ${rule.reason} |`);
  expect(readme.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows);
});
