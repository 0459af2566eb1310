import { readFile } from 'node:fs/promises';
import { readSettings, SettingsError, settingsTable } from '@mcplog/service-host';
import { expect, test } from 'vitest';
import { SETTINGS } from './settings.ts';

test('the README shows every setting as it is', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(settingsTable(SETTINGS));
});

test('an upstream with a path, and a port that is none, are refused together', () => {
  const env = { MCPLOG_QUERY_API_URL: 'http://127.0.0.1:7072/api', MCPLOG_PORT: '70700' };
  let refused: unknown;
  try {
    readSettings(SETTINGS, env);
  } catch (error) {
    refused = error;
  }
  expect(refused).toBeInstanceOf(SettingsError);
  expect((refused as SettingsError).problems.map(({ env }) => env)).toEqual([
    'MCPLOG_PORT',
    'MCPLOG_QUERY_API_URL',
  ]);
});
