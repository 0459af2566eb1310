import type { ServiceRecord } from '@mcplog/protocol';
import { expect, it } from 'vitest';
import { findAlerts, type Observations, verdictOf } from './alerts.ts';

const nowMs = Date.parse('2026-11-23T12:00:00.000Z');
const service = (app: string, agoMs: number, problems: string[] = []): ServiceRecord => ({
  app,
  host: 'h',
  pid: 1,
  startedAt: '2026-11-23T11:00:00.000Z',
  seenAt: new Date(nowMs - agoMs).toISOString(),
  problems,
  figures: {},
});
const seen = (part: Partial<Observations> = {}): Observations => ({
  nowMs,
  busConnected: true,
  expectedApps: ['log-writer', 'query-api'],
  services: [service('log-writer', 0), service('query-api', 15_000)],
  disk: { total: 100, used: 90, userLogs: 1, systemLogs: 1 },
  backlogs: [{ stream: 'CAPTURE', messages: 3, bytes: 9, oldestMs: 10_000 }],
  ...part,
});

it('all expected services with fresh signs are healthy', () => {
  expect(findAlerts(seen())).toEqual([]);
  expect(verdictOf([])).toBe('healthy');
});

it('a missing query-api degrades, a missing log-writer is critical', () => {
  const late = (app: string) =>
    findAlerts(
      seen({ services: seen().services.map((s) => (s.app === app ? service(app, 15_001) : s)) }),
    );
  expect(late('query-api')).toMatchObject([{ severity: 'warning', kind: 'service_missing' }]);
  expect(verdictOf(late('query-api'))).toBe('degraded');
  expect(late('log-writer')).toMatchObject([{ severity: 'critical', kind: 'service_missing' }]);
  expect(verdictOf(late('log-writer'))).toBe('critical');
});

it('the old sign of a process that was replaced does not count against its app', () => {
  const services = [...seen().services, service('log-writer', 40_000, ['the old one had trouble'])];
  expect(findAlerts(seen({ services }))).toEqual([]);
});

it('what a service says is wrong becomes an alert with its name', () => {
  const services = [service('log-writer', 0, ['shard 3 waits']), service('query-api', 0)];
  expect(findAlerts(seen({ services }))).toEqual([
    { severity: 'warning', kind: 'service_problem', message: 'log-writer: shard 3 waits' },
  ]);
});

it('a disk is worth a warning above 90 % and critical above 97 %', () => {
  const severitiesAt = (used: number) =>
    findAlerts(seen({ disk: { ...seen().disk, used } })).map(({ severity }) => severity);
  expect([severitiesAt(90), severitiesAt(91), severitiesAt(98)]).toEqual([
    [],
    ['warning'],
    ['critical'],
  ]);
});

it('without the bus only that is said of the services', () => {
  const alerts = findAlerts(seen({ busConnected: false, services: [] }));
  expect(alerts).toMatchObject([{ severity: 'critical', kind: 'bus_disconnected' }]);
});

it('batches that wait too long to be written are a warning, then critical', () => {
  const at = (oldestMs: number) =>
    findAlerts(seen({ backlogs: [{ stream: 'CAPTURE', messages: 3, bytes: 9, oldestMs }] }));
  expect(at(10_001)).toMatchObject([{ severity: 'warning', kind: 'writer_lag' }]);
  expect(at(120_001)).toMatchObject([{ severity: 'critical', kind: 'writer_lag' }]);
});
