import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { createSealer } from '@mcplog/access-control';
import type { CatalogueItem, InstanceRecord } from '@mcplog/protocol';
import { expect, test } from 'vitest';
import { buildEnvironment, StartRefusal } from './child-environment.ts';

const sealer = createSealer(randomBytes(32));
const around = { sealer, path: '/usr/bin', home: '/data/instances/i' };
const item: CatalogueItem = {
  service: 's',
  command: 'node',
  args: [],
  env: {
    TOKEN: { secret: true, required: true },
    COLOUR: { secret: false, required: false },
    PATH: { secret: false, required: false },
  },
  transport: 'stdio',
  routing: { stderr: 'error-log' },
  updatedAt: '2026-11-23T00:00:00Z',
};

function record(more: Partial<InstanceRecord> = {}): InstanceRecord {
  return {
    id: 'i',
    userId: 'u',
    service: 's',
    name: 's',
    desired: 'running',
    restartCount: 0,
    env: { COLOUR: 'red', NOT_DECLARED: 'x', PATH: '/evil' },
    sealedEnv: sealer.seal(JSON.stringify({ TOKEN: 't0ps3cret' }), 'i'),
    createdAt: '2026-11-23T00:00:00Z',
    ...more,
  };
}

test('a child sees what its item declares, our Node first in its path, and nothing of ours', () => {
  const { env, secrets } = buildEnvironment(record(), item, around);
  expect(env).toMatchObject({ TOKEN: 't0ps3cret', COLOUR: 'red', HOME: '/data/instances/i' });
  expect(env.PATH).toBe(`${dirname(process.execPath)}:/usr/bin`);
  expect(env).not.toHaveProperty('NOT_DECLARED');
  expect(Object.keys(env)).toHaveLength(8);
  expect(secrets).toEqual([{ name: 'TOKEN', value: 't0ps3cret' }]);
});

test('a missing value and secrets of another instance refuse the start with the reason', () => {
  const moved = record({ sealedEnv: sealer.seal('{"TOKEN":"x"}', 'another') });
  expect(() => buildEnvironment(moved, item, around)).toThrow(StartRefusal);
  const empty = record({ sealedEnv: '' });
  expect(() => buildEnvironment(empty, item, around)).toThrow(/TOKEN is required/);
});
