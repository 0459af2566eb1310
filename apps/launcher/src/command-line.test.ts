import { expect, it } from 'vitest';
import { readCommandLine } from './command-line.ts';
import { loadSettings } from './settings.ts';

it('flags become settings by the name of their variable', () => {
  expect(readCommandLine(['--port', '8080', '--logs=/l', '--data', '/d', '--no-demo'])).toEqual({
    kind: 'run',
    flags: {
      MCPLOG_PORT: { flag: '--port', value: '8080' },
      MCPLOG_LOG_DIR: { flag: '--logs', value: '/l' },
      MCPLOG_DATA_DIR: { flag: '--data', value: '/d' },
      MCPLOG_DEMO: { flag: '--no-demo', value: 'false' },
    },
  });
});

it('help wins over everything else', () => {
  expect(readCommandLine(['--reset-admin-password', '-h'])).toEqual({ kind: 'help' });
});

it.each([[['--prot', '1']], [['--port']], [['--logs=']], [['7070']]])('%j is refused', (args) => {
  expect(readCommandLine(args)).toMatchObject({ kind: 'refused' });
});

it('a refused value is named by its flag when it came from a flag', () => {
  const flags = { MCPLOG_PORT: { flag: '--port', value: '70700' } };
  expect(() => loadSettings(flags)).toThrow('--port: "70700" is not accepted');
});

it('a flag stands above its variable, and folders become absolute', () => {
  const flags = { MCPLOG_DATA_DIR: { flag: '--data', value: 'some/where' } };
  const settings = loadSettings(flags);
  expect(settings.dataDir).toMatch(/^\/.*\/some\/where$/);
});
