/** Puts tables between the markers of docs/performance.md and keeps everything else. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = `${ROOT}docs/performance.md`;
const FORMATTER = `${ROOT}node_modules/.bin/biome`;
const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));

/** The parts of the page that a run writes. */
export type Section =
  | 'ingest'
  | 'ingest-many'
  | 'ingest-profile'
  | 'search'
  | 'seal'
  | 'verify'
  | 'export';

/** @throws Error when the text has no such markers */
export function replaceSection(text: string, section: Section, body: string): string {
  const [begin, end] = [`<!-- bench:${section} -->`, `<!-- /bench:${section} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page has no markers for "${section}"`);
  return `${text.slice(0, from + begin.length)}\n${body.trim()}\n${text.slice(to)}`;
}

/** Keeps a run: its figures as JSON in results/, its tables on the page. */
export function keepRun(section: Section, result: unknown, body: string): void {
  const file = `${RESULTS}${section}.json`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
  // Results are committed, and the formatter checks every committed JSON.
  execFileSync(FORMATTER, ['format', '--write', file], { cwd: ROOT, stdio: 'ignore' });
  writeFileSync(PAGE, replaceSection(readFileSync(PAGE, 'utf8'), section, body));
}
