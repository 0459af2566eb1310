import { afterEach, expect, it, vi } from 'vitest';
import { inheritedEnv } from './settings.ts';

afterEach(() => vi.unstubAllEnvs());

it('apps inherit where programs are and the operator’s settings, and nothing else', () => {
  vi.stubEnv('MCPLOG_DEMO_PACE_MS', '10');
  vi.stubEnv('MCPLOG_ADMIN_PASSWORD', 'for admin-api alone');
  vi.stubEnv('MCPLOG_DATA_DIR', '/elsewhere');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not ours');
  const env = inheritedEnv();
  expect(env).toHaveProperty('PATH');
  expect(env).toHaveProperty('MCPLOG_DEMO_PACE_MS', '10');
  for (const name of ['MCPLOG_ADMIN_PASSWORD', 'MCPLOG_DATA_DIR', 'AWS_SECRET_ACCESS_KEY']) {
    expect(env).not.toHaveProperty(name);
  }
});
