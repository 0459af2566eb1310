import { resolve } from 'node:path';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import {
  defineSettings,
  describeSettings,
  readSettings,
  SettingsError,
  settingsTable,
} from './settings.ts';
import { pathSetting } from './settings-schema.ts';

const table = defineSettings({
  port: {
    env: 'MCPLOG_PORT',
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 7070,
    meaning: 'The port.',
  },
  demo: { env: 'MCPLOG_DEMO', schema: Type.Boolean(), default: true, meaning: 'Demo user.' },
  logDir: { env: 'MCPLOG_LOG_DIR', schema: pathSetting(), default: './logs', meaning: 'Logs.' },
  hosts: {
    env: 'MCPLOG_HOSTS',
    schema: Type.Array(Type.String({ minLength: 1 })),
    default: [],
    meaning: 'Hosts.',
  },
  level: {
    env: 'MCPLOG_LEVEL',
    schema: Type.Enum(['info', 'debug']),
    default: 'info',
    meaning: '',
  },
  redis: { env: 'REDIS_URL', schema: Type.Optional(Type.String()), meaning: 'Redis.' },
  password: {
    env: 'MCPLOG_ADMIN_PASSWORD',
    schema: Type.String({ minLength: 12 }),
    meaning: 'The first administrator.',
  },
});

function problemsOf(env: NodeJS.ProcessEnv): SettingsError {
  try {
    readSettings(table, env);
  } catch (error) {
    if (error instanceof SettingsError) return error;
  }
  throw new Error('nothing was refused');
}

const GOOD = { MCPLOG_ADMIN_PASSWORD: 'long enough for us' };

describe('readSettings', () => {
  it('fills defaults, resolves paths and leaves an optional setting out', () => {
    expect(readSettings(table, GOOD)).toEqual({
      port: 7070,
      demo: true,
      logDir: resolve('./logs'),
      hosts: [],
      level: 'info',
      password: 'long enough for us',
    });
  });

  it('turns texts into numbers, booleans and lists', () => {
    const env = {
      ...GOOD,
      MCPLOG_PORT: '8080',
      MCPLOG_DEMO: 'no',
      MCPLOG_HOSTS: 'a:1, b:2,',
      REDIS_URL: 'redis://h',
    };
    expect(readSettings(table, env)).toMatchObject({
      port: 8080,
      demo: false,
      hosts: ['a:1', 'b:2'],
      redis: 'redis://h',
    });
  });

  it('counts an empty variable as not set', () => {
    expect(readSettings(table, { ...GOOD, MCPLOG_PORT: ' ' }).port).toBe(7070);
  });

  it('lists every refused variable with what is accepted', () => {
    const error = problemsOf({ MCPLOG_PORT: '70000', MCPLOG_DEMO: 'maybe', MCPLOG_LEVEL: 'loud' });
    expect(error.problems).toEqual([
      {
        env: 'MCPLOG_PORT',
        problem: '"70000" is not accepted',
        accepted: 'a whole number from 0 to 65535',
      },
      { env: 'MCPLOG_DEMO', problem: '"maybe" is not accepted', accepted: 'true or false' },
      { env: 'MCPLOG_LEVEL', problem: '"loud" is not accepted', accepted: 'one of info, debug' },
      {
        env: 'MCPLOG_ADMIN_PASSWORD',
        problem: 'is required and not set',
        accepted: 'a text of at least 12 characters',
      },
    ]);
    for (const { env } of error.problems) expect(error.message).toContain(env);
  });

  it.each(['0x10', '1e3', '7070abc', '1.5', 'NaN', '--1'])('refuses the port %s', (text) => {
    expect(problemsOf({ ...GOOD, MCPLOG_PORT: text }).problems).toHaveLength(1);
  });

  it('never repeats a refused secret', () => {
    expect(problemsOf({ MCPLOG_ADMIN_PASSWORD: 'hunter2' }).message).not.toContain('hunter2');
  });

  it('ignores variables of other apps', () => {
    expect(() => readSettings(table, { ...GOOD, MCPLOG_OF_ANOTHER_APP: '1' })).not.toThrow();
  });

  it('gives values that nobody can change', () => {
    const settings = readSettings(table, GOOD);
    expect(Object.isFrozen(settings) && Object.isFrozen(settings.hosts)).toBe(true);
  });
});

describe('defineSettings', () => {
  it('refuses a default that its own schema refuses', () => {
    const schema = Type.Integer({ maximum: 3 });
    expect(() =>
      defineSettings({ x: { env: 'MCPLOG_X', schema, default: 4, meaning: '' } }),
    ).toThrow('MCPLOG_X');
  });
});

describe('describeSettings', () => {
  it('says for each variable what is accepted and what the default is', () => {
    expect(describeSettings(table).map((row) => [row.env, row.default])).toEqual([
      ['MCPLOG_PORT', '7070'],
      ['MCPLOG_DEMO', 'true'],
      ['MCPLOG_LOG_DIR', './logs'],
      ['MCPLOG_HOSTS', ''],
      ['MCPLOG_LEVEL', 'info'],
      ['REDIS_URL', 'not set'],
      ['MCPLOG_ADMIN_PASSWORD', 'required'],
    ]);
  });

  it('makes a Markdown row per variable', () => {
    expect(settingsTable(table).split('\n')[2]).toBe(
      '| `MCPLOG_PORT` | a whole number from 0 to 65535 | 7070 | The port. |',
    );
  });
});
