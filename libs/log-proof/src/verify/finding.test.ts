import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FINDING_KINDS } from './finding.ts';

it('docs/integrity.md says of every kind of finding what to do', () => {
  const page = readFileSync(new URL('../../../../docs/integrity.md', import.meta.url), 'utf8');
  // Three kinds each of checkpoints and journals share a row.
  const undocumented = FINDING_KINDS.filter(
    (kind) => !kind.startsWith('journal-') && !page.includes(`\`${kind}\``),
  );
  expect(undocumented).toEqual([]);
});
