import { describe, expect, it } from 'vitest';
import { findServerSecrets, isSecretName } from './server-secrets.ts';

describe('isSecretName', () => {
  it.each([
    'GITHUB_TOKEN',
    'API_KEY',
    'apiKey',
    'DB_PASSWORD',
    'aws_secret_access_key',
    'PGPASSWORD',
  ])('takes %s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    'PWD',
    'PATH',
    'SSH_AUTH_SOCK',
    'MAX_TOKENS',
    'KEYBOARD',
    'TOKEN_FILE',
    'MONKEY',
    'HOME',
  ])('leaves %s', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

it('values are taken from variables, flags of both forms, and URLs', () => {
  const command = [
    ...['docker', 'run', '-e', 'SLACK_TOKEN=xoxb-1', '--api-key', 'k-123', '--token=t-456'],
    ...['-e', 'OTHER_TOKEN', 'image', 'postgres://me:pass-789@host/db', '--auth', 'none'],
  ];
  const secrets = findServerSecrets(command, { A_SECRET: 's-0', EMPTY_TOKEN: '', HOME: '/root' });
  expect(secrets).toEqual([
    { name: 'A_SECRET', value: 's-0' },
    { name: 'SLACK_TOKEN', value: 'xoxb-1' },
    { name: 'api_key', value: 'k-123' },
    { name: 'token', value: 't-456' },
    { name: 'argument', value: 'pass-789' },
  ]);
});
