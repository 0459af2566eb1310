import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readComposeFile } from './compose-file.ts';
import { brokenRules } from './compose-rules.ts';
import { ROOT, readRepository } from './repository.ts';

const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
const repository = await readRepository();

/** The rules that the file breaks after one change. */
function afterChange(from: string | RegExp, to: string): string[] {
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  return brokenRules(readComposeFile(changed), repository);
}

test('docker-compose.yml keeps every rule', () => {
  expect(brokenRules(readComposeFile(text), repository)).toEqual([]);
});

test('a supervisor that can see the logs is refused', () => {
  const mount = '- supervisor:/var/lib/mcplog/data';
  const problems = afterChange(mount, `${mount}\n      - logs:/var/lib/mcplog/logs:ro`);
  expect(problems).toEqual(['process-supervisor: must not mount logs ro']);
});

test('a reader that could write logs, or take the key of another service, is refused', () => {
  const reader = '- key-query-api:/var/lib/mcplog/key:ro';
  expect(afterChange(reader, '- logs:/elsewhere\n      - key-log-writer:/key:ro')).toEqual([
    'query-api: must not mount logs rw',
    'query-api: must not mount key-log-writer ro',
  ]);
});

test('a bus without keys for each of its services is refused', () => {
  expect(afterChange(/ +- key-log-writer:.*app-keys.*\n/, '')).toEqual([
    'bus-setup: has no volume for the key of log-writer',
  ]);
});

test.each([
  [/read_only: true/, 'redis: not true that its root file system is read-only'],
  [/cap_drop: \[ALL\]/, 'redis: not true that it drops all capabilities'],
  [/security_opt: .*/, 'redis: not true that it gains no privileges'],
  [/user: "10001:10001"/, 'redis: not true that it runs as a numbered user that is not root'],
  [/mem_limit: 128m/, 'redis: not true that its memory is limited'],
  [/pids_limit: 64/, 'redis: not true that its processes are limited'],
  [/restart: unless-stopped/, 'redis: not true that it restarts unless it runs once'],
  [/test: \[CMD, redis-cli, ping\]/, 'redis: not true that its health is checked'],
])('a container without %s is refused', (setting, rule) => {
  expect(afterChange(setting, '')).toContain(rule);
});

test('a service whose image has no health check is refused', () => {
  const bare = { ...repository, dockerfile: 'FROM node:24' };
  expect(brokenRules(readComposeFile(text), bare)).toContain(
    'query-api: not true that its health is checked',
  );
});

test('an app with a door and no container is refused', () => {
  const settings = { ...repository.settings, 'archive-worker': ['MCPLOG_HTTP_PORT'] };
  expect(brokenRules(readComposeFile(text), { ...repository, settings })).toEqual([
    'apps/archive-worker has a door but no container',
  ]);
});

test('a variable that the app does not know is refused', () => {
  expect(afterChange('MCPLOG_SUPERVISOR_URL:', 'MCPLOG_SUPERVISER_URL:')).toEqual([
    'dashboard: apps/dashboard has no setting MCPLOG_SUPERVISER_URL',
  ]);
});

test('a second published port, and one for everybody, are refused', () => {
  expect(afterChange('networks: [limits]', 'networks: [limits]\n    ports: ["6379"]')).toEqual([
    'redis: only the dashboard publishes a port',
  ]);
  expect(afterChange('MCPLOG_BIND:-127.0.0.1', 'MCPLOG_BIND:-0.0.0.0')).toEqual([
    'dashboard: publishes exactly one port, on 127.0.0.1 unless MCPLOG_BIND is set',
  ]);
});

test('a bus that can be reached from outside is refused', () => {
  expect(
    afterChange('networks: [bus]\n    healthcheck', 'networks: [bus, outside]\n    healthcheck'),
  ).toEqual(['nats: is on a network that is not internal']);
});

test('a variable that .env.example does not tell of, or tells of in vain, is refused', () => {
  expect(afterChange('{MCPLOG_LOG_LEVEL:-info}', '{MCPLOG_LEVEL:-info}')).toEqual([
    '.env.example does not tell of MCPLOG_LEVEL',
  ]);
  const documented = [...repository.documented, 'MCPLOG_GONE'];
  expect(brokenRules(readComposeFile(text), { ...repository, documented })).toEqual([
    '.env.example tells of MCPLOG_GONE, which docker-compose.yml does not use',
  ]);
});
