import { expect, test } from 'vitest';
import { replaceSection } from './performance-page.ts';

const PAGE = 'before\n<!-- bench:search -->\nold\n<!-- /bench:search -->\nafter\n';

test('a section is replaced and the rest of the page is kept', () => {
  const page = replaceSection(PAGE, 'search', 'new\n');
  expect(page).toBe('before\n<!-- bench:search -->\nnew\n<!-- /bench:search -->\nafter\n');
  expect(replaceSection(page, 'search', 'new')).toBe(page);
});

test('a page without the markers is refused', () => {
  expect(() => replaceSection(PAGE, 'ingest', 'x')).toThrow('no markers for "ingest"');
});
