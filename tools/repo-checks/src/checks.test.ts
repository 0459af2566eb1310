import {
  DOOR_SETTINGS,
  defineSettings,
  httpPortSetting,
  settingsTable,
} from '@mcplog/service-host';
import { expect, test } from 'vitest';
import { checkErrorCodes, checkFeatures, checkReadmes, checkSettings } from './check-docs.ts';
import { checkMachineTraces, checkNames } from './check-files.ts';
import { checkDeclaredImports, checkSourceImports, importsOf } from './check-imports.ts';
import { FEATURE_IDS } from './feature-ids.ts';
import type { Check, Repo } from './repo.ts';

const manifest = (dependencies: string[], devDependencies: string[] = []) =>
  JSON.stringify({
    dependencies: Object.fromEntries(dependencies.map((name) => [name, '*'])),
    devDependencies: Object.fromEntries(devDependencies.map((name) => [name, '*'])),
  });

const QUERY_API_SETTINGS = defineSettings({
  httpPort: httpPortSetting(7072),
  redisUrl: DOOR_SETTINGS.redisUrl,
});

/** A small repository without any problem. */
const CLEAN: Record<string, string> = {
  'apps/query-api/package.json': manifest(['@mcplog/log-store'], ['@mcplog/test-kit']),
  'apps/cli/README.md': '`MCPLOG_URL` is where mcplog answers.',
  'apps/cli/src/settings.ts': "export const NAMES = ['MCPLOG_URL'];",
  'apps/query-api/README.md': `# query-api\n\n${settingsTable(QUERY_API_SETTINGS)}\n`,
  'apps/query-api/src/main.ts': "import { openReader } from '@mcplog/log-store/reader';",
  'apps/query-api/src/settings.ts': 'export const SETTINGS = defineSettings({ ...ROWS });',
  'apps/query-api/test/pages.test.ts':
    "import { openWriter } from '@mcplog/log-store/writer';\nimport { startNats } from '@mcplog/test-kit';",
  'libs/log-entry/package.json': manifest([]),
  'libs/log-entry/README.md': '',
  'libs/log-store/package.json': manifest(['@mcplog/log-entry']),
  'libs/log-store/README.md': '',
  'libs/test-kit/package.json': manifest([]),
  'libs/test-kit/README.md': '',
  'libs/protocol/src/errors.ts': 'export const ERROR_STATUS = {\n  MCPLOG_NOT_FOUND: 404,\n};',
  'docs/errors.md': '| `MCPLOG_NOT_FOUND` | 404 | There is no such thing. |',
  'docs/features.md': `${FEATURE_IDS.join(' ')} [the store](../libs/log-store/README.md)`,
};

function repoOf(files: Record<string, string | undefined>): Repo {
  const present = Object.entries(files).filter(([, text]) => text !== undefined);
  return {
    files: present.map(([path]) => path),
    read: (path) => files[path] ?? '',
    load: (path) =>
      path === 'apps/query-api/src/settings.ts' ? { SETTINGS: QUERY_API_SETTINGS } : {},
  };
}

/** What the check says about the clean repository with some files changed or taken away. */
const findings = (check: Check, changed: Record<string, string | undefined> = {}) =>
  check(repoOf({ ...CLEAN, ...changed })).map(({ text }) => text);

test.each([
  ['declared imports', checkDeclaredImports],
  ['source imports', checkSourceImports],
  ['error codes', checkErrorCodes],
  ['READMEs', checkReadmes],
  ['settings', checkSettings],
  ['features', checkFeatures],
  ['names', checkNames],
  ['machine traces', checkMachineTraces],
] as const)('the clean repository has no problem with %s', (_, check) => {
  expect(findings(check)).toEqual([]);
});

test('a lib that depends on a lib outside its row is refused', () => {
  const changed = { 'libs/log-entry/package.json': manifest(['@mcplog/log-store']) };
  expect(findings(checkDeclaredImports, changed)).toEqual([
    'libs/log-entry must not depend on libs/log-store',
  ]);
});

test('an app that depends on an app, or on test-kit outside tests, is refused', () => {
  const names = ['@mcplog/query-api', '@mcplog/test-kit'];
  const changed = { 'apps/cli/package.json': manifest(names) };
  expect(findings(checkDeclaredImports, changed)).toEqual([
    'apps/cli depends on query-api, which is no lib',
    'apps/cli must not depend on libs/test-kit',
  ]);
});

test('an import that the package does not declare is refused', () => {
  const changed = { 'apps/query-api/src/main.ts': "import { x } from '@mcplog/log-entry';" };
  expect(findings(checkSourceImports, changed)).toEqual([
    'apps/query-api/src/main.ts imports @mcplog/log-entry, which apps/query-api/package.json lacks',
  ]);
});

test.each([
  [
    '@mcplog/log-store/writer',
    'only log-writer, maintenance-worker, bench, fault-tests and tests write log files',
  ],
  ['@mcplog/log-store/disk', 'only log-proof keeps files of its own beside the logs'],
  ['@nats-io/jetstream', 'only libs/message-bus knows NATS'],
  ['@mcplog/test-kit', 'test-kit is for tests and tools'],
])('the door %s is closed to query-api', (specifier, rule) => {
  const changed = { 'apps/query-api/src/main.ts': `export { x } from '${specifier}';` };
  expect(findings(checkSourceImports, changed)).toEqual([
    `apps/query-api/src/main.ts imports ${specifier}: ${rule}`,
  ]);
});

test('fastify is closed to libs', () => {
  const changed = { 'libs/log-store/src/reader.ts': "import type { X } from 'fastify';" };
  expect(findings(checkSourceImports, changed)).toEqual([
    'libs/log-store/src/reader.ts imports fastify: only apps and libs/http-door know fastify',
  ]);
});

test('imports are found in every form, and not in ordinary text', () => {
  const source = [
    "import './side-effect.ts';",
    'import {\n  one,\n  two,\n} from "two-lines";',
    "export * as all from 'exported';",
    "const late = await import('late');",
    "throw new Error('cannot import from there');",
    "const important = 'import nothing';",
  ].join('\n');
  expect(importsOf(source)).toEqual(['./side-effect.ts', 'two-lines', 'exported', 'late']);
});

test('an error code without a row, with another status, or only on the page is refused', () => {
  const source =
    'export const ERROR_STATUS = {\n  MCPLOG_NOT_FOUND: 410,\n  MCPLOG_BAD_ID: 400,\n};';
  const page = `${CLEAN['docs/errors.md']}\n| \`MCPLOG_GONE\` | 410 | It was here. |`;
  const changed = { 'libs/protocol/src/errors.ts': source, 'docs/errors.md': page };
  expect(findings(checkErrorCodes, changed)).toEqual([
    expect.stringContaining('needs a row "| `MCPLOG_NOT_FOUND` | 410 |'),
    expect.stringContaining('needs a row "| `MCPLOG_BAD_ID` | 400 |'),
    'docs/errors.md describes MCPLOG_GONE, which does not exist',
  ]);
});

test('a missing page of error codes is refused', () => {
  expect(findings(checkErrorCodes, { 'docs/errors.md': undefined })).toEqual([
    'docs/errors.md is missing',
  ]);
});

test('a workspace without README is refused', () => {
  expect(findings(checkReadmes, { 'libs/log-store/README.md': undefined })).toEqual([
    'libs/log-store/README.md is missing',
  ]);
});

test('a setting whose README lacks its row, or tells it otherwise, is refused', () => {
  const [names, rule, port, redis] = settingsTable(QUERY_API_SETTINGS).split('\n');
  const readme = [names, rule, port?.replace('7072', '7071')].join('\n');
  expect(findings(checkSettings, { 'apps/query-api/README.md': readme })).toEqual([
    `apps/query-api/README.md needs the row "${port}"`,
    `apps/query-api/README.md needs the row "${redis}"`,
  ]);
});

test('a variable of a program without a table of settings is refused when no README names it', () => {
  const source = "['MCPLOG_URL', 'MCPLOG_URL_OLD']";
  expect(findings(checkSettings, { 'apps/cli/src/settings.ts': source })).toEqual([
    'apps/cli/README.md does not describe the setting MCPLOG_URL_OLD',
  ]);
});

test('a feature that is not named and a link that leads nowhere are refused', () => {
  const ids = FEATURE_IDS.filter((id) => !/^U1[3-7]$/.test(id) && id !== 'B16').join(', ');
  const page = `${ids} U13–U17 [gone](../libs/gone/README.md#top) [web](https://example.com)`;
  expect(findings(checkFeatures, { 'docs/features.md': page })).toEqual([
    'docs/features.md does not name feature B16',
    'docs/features.md links to ../libs/gone/README.md#top, which does not exist',
  ]);
});

test('a missing page of features is only noted', () => {
  const repo = repoOf({ ...CLEAN, 'docs/features.md': undefined });
  expect(checkFeatures(repo).map(({ kind }) => kind)).toEqual(['note']);
});

test('names that fit everything are refused, words that contain them are not', () => {
  const files = { 'libs/log-store/src/utils/x.ts': '', 'libs/log-store/src/core.test.ts': '' };
  expect(findings(checkNames, { ...files, 'docs/score.md': '', 'docs/commons.md': '' })).toEqual([
    'libs/log-store/src/utils: name it after what it contains',
    'libs/log-store/src/core.test.ts: name it after what it contains',
  ]);
});

test('paths of one machine are refused everywhere, with their line', () => {
  const path = ['', 'work', 'main'].join('/');
  const page = `first line\nsee ${path}\nhttps://example.com${path}\n`;
  expect(findings(checkMachineTraces, { 'docs/page.md': page })).toEqual([
    'docs/page.md:2 holds a path of the machine it was written on',
  ]);
});

test.each([
  ['package-lock.json', '"resolved": "https://example.com/x.tgz"'],
  ['.npmrc', 'registry=https://example.com'],
  ['Dockerfile', 'RUN npm config set //example.com/:_authToken x'],
])('a package registry in %s is refused', (file, text) => {
  expect(findings(checkMachineTraces, { [file]: text })).toEqual([
    `${file}:1 holds the address of a package registry`,
  ]);
  expect(findings(checkMachineTraces, { 'libs/log-store/src/x.ts': text })).toEqual([]);
});
