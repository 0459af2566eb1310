import { posix } from 'node:path';
import { type SettingsTable, settingsTable } from '@mcplog/service-host';
import type { TSchema } from 'typebox';
import { FEATURE_IDS } from './feature-ids.ts';
import { type Check, problem, type Repo } from './repo.ts';
import { workspacesOf } from './workspaces.ts';

const ERRORS_SOURCE = 'libs/protocol/src/errors.ts';
const ERRORS_PAGE = 'docs/errors.md';
const FEATURES_PAGE = 'docs/features.md';
const VARIABLE = /\bMCPLOG_[A-Z0-9_]+/g;
/** The line of names and the rule under it. */
const TABLE_HEAD_LINES = 2;

/** Every error code has its row in docs/errors.md with the right status, and no row is left over. */
export const checkErrorCodes: Check = (repo) => {
  if (!repo.files.includes(ERRORS_PAGE)) return [problem(`${ERRORS_PAGE} is missing`)];
  const codes = pairs(repo.read(ERRORS_SOURCE), /^ {2}(MCPLOG_[A-Z_]+): (\d{3}),/gm);
  const rows = pairs(repo.read(ERRORS_PAGE), /^\| `(MCPLOG_[A-Z_]+)` \| (\d{3}) \| \S/gm);
  const missing = [...codes].filter(([code, status]) => rows.get(code) !== status);
  const stale = [...rows.keys()].filter((code) => !codes.has(code));
  return [
    ...missing.map(([code, status]) =>
      problem(`${ERRORS_PAGE} needs a row "| \`${code}\` | ${status} | what it means … |"`),
    ),
    ...stale.map((code) => problem(`${ERRORS_PAGE} describes ${code}, which does not exist`)),
  ];
};

function pairs(text: string, pattern: RegExp): Map<string, string> {
  return new Map([...text.matchAll(pattern)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

/** Every workspace tells in a README what it is for. */
export const checkReadmes: Check = (repo) => {
  const without = workspacesOf(repo).filter(({ dir }) => !repo.files.includes(`${dir}/README.md`));
  return without.map(({ dir }) => problem(`${dir}/README.md is missing`));
};

/** The README of an app has the row of each of its settings, word for word. */
export const checkSettings: Check = (repo) => {
  const files = repo.files.filter((file) => /^apps\/[^/]+\/src\/settings\.ts$/.test(file));
  return files.flatMap((file) => {
    const readme = posix.join(posix.dirname(file), '..', 'README.md');
    const text = repo.files.includes(readme) ? repo.read(readme) : '';
    const { SETTINGS } = repo.load(file) as { SETTINGS?: AnySettingsTable };
    if (SETTINGS === undefined) return unnamedVariables(repo.read(file), { readme, text });
    const rows = settingsTable(SETTINGS).split('\n').slice(TABLE_HEAD_LINES);
    const lines = new Set(text.split('\n'));
    const missing = rows.filter((row) => !lines.has(row));
    return missing.map((row) => problem(`${readme} needs the row "${row}"`));
  });
};

type AnySettingsTable = SettingsTable<Record<string, TSchema>>;

/** For a program that reads its settings without a table. */
function unnamedVariables(source: string, { readme, text }: { readme: string; text: string }) {
  const told = new Set(text.match(VARIABLE));
  const untold = [...new Set(source.match(VARIABLE))].filter((name) => !told.has(name));
  return untold.map((name) => problem(`${readme} does not describe the setting ${name}`));
}

/** docs/features.md names every feature, and everything it links to exists. */
export const checkFeatures: Check = (repo) => {
  if (!repo.files.includes(FEATURES_PAGE)) {
    return [{ kind: 'note', text: `${FEATURES_PAGE} does not exist yet: features not checked` }];
  }
  const page = repo.read(FEATURES_PAGE);
  const named = new Set(featureIdsIn(page));
  const missing = FEATURE_IDS.filter((id) => !named.has(id));
  const broken = linksIn(page).filter((link) => !exists(link, repo));
  return [
    ...missing.map((id) => problem(`${FEATURES_PAGE} does not name feature ${id}`)),
    ...broken.map((link) => problem(`${FEATURES_PAGE} links to ${link}, which does not exist`)),
  ];
};

/** Single ids and ranges such as U13–U17. */
function featureIdsIn(text: string): string[] {
  const matches = [...text.matchAll(/\b([A-Z])(\d{1,2})(?:\s?[–-]\s?\1(\d{1,2}))?\b/g)];
  return matches.flatMap(([, letter = '', first, last = first]) => {
    const count = Math.max(0, Number(last) - Number(first) + 1);
    return Array.from({ length: count }, (_, index) => `${letter}${Number(first) + index}`);
  });
}

function linksIn(text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  return links.filter((link) => !/^([a-z]+:|#)/.test(link));
}

function exists(link: string, repo: Repo): boolean {
  const target = posix.join('docs', link.replace(/#.*$/, '')).replace(/\/$/, '');
  return repo.files.some((file) => file === target || file.startsWith(`${target}/`));
}
