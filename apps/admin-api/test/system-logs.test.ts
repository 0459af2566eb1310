import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { encodeEntry, makeSeq, type SystemCategory, type SystemLevel } from '@mcplog/log-entry';
import { HealthAnswer, SystemLogAnswer } from '@mcplog/protocol';
import { eventually } from '@mcplog/test-kit';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Rig, startAdminApi, systemLogFile } from './admin-api-rig.ts';

const HOUR_MS = 3_600_000;

let rig: Rig;
let token: string;
let seqs = 0;
beforeAll(async () => {
  rig = await startAdminApi({ MCPLOG_EXPECTED_APPS: 'admin-api,log-writer' });
  token = await rig.adminToken();
  await writeCategory('application', [
    ['info', 0.1, 'started'],
    ['warn', 2, 'memory is short'],
    ['error', 3, 'a worker failed'],
    ['critical', 4, 'the disk is gone'],
    ['error', 48, 'long ago'],
  ]);
  await writeCategory('security', [
    ['info', 0.2, 'ann logged in'],
    ['warn', 0.3, 'ben failed to log in'],
    ['warn', 30, 'an older failure'],
  ]);
});
afterAll(() => rig.stop());

type Row = readonly [level: SystemLevel, hoursAgo: number, message: string];

async function writeCategory(category: SystemCategory, rows: readonly Row[]): Promise<void> {
  const lines = rows
    .toSorted((a, b) => b[1] - a[1])
    .map(([level, hoursAgo, message]) =>
      encodeEntry({
        timestamp: new Date(Date.now() - hoursAgo * HOUR_MS).toISOString(),
        level,
        message,
        metadata: { seq: makeSeq(1, ++seqs), type: 'system', service: 'test' },
      }),
    );
  const file = systemLogFile(rig.logDir, category);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${lines.join('\n')}\n`);
}

const search = async (query: string) => {
  const answer = await rig.call(`/api/v1/admin/logs/system${query}`, { token });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  expect([...Value.Errors(SystemLogAnswer, answer.body)]).toEqual([]);
  return answer.body.data as SystemLogAnswer['data'];
};
const messages = ({ logs }: SystemLogAnswer['data']) => logs.map(({ message }) => message);

describe('system logs', () => {
  test('the last 24 hours of all categories come newest first with exact counts', async () => {
    const data = await search('');
    expect(messages(data).slice(0, 2)).toEqual(['ann logged in', 'ben failed to log in']);
    expect(data.summary).toEqual({
      total_entries: 6,
      error_count: 1,
      warning_count: 2,
      critical_alerts: 1,
    });
    expect(data.trends).toEqual({
      error_rate: 2 / 6,
      performance_degradation: null,
      security_incidents: 1,
    });
  });

  test('category, level, search and time range narrow logs and counts alike', async () => {
    expect(messages(await search('?category=application&level=critical'))).toEqual([
      'the disk is gone',
    ]);
    const searched = await search('?search=FAILED&time_range=7d');
    expect(searched.summary.total_entries).toBe(2);
    expect((await search('?time_range=1h')).summary.total_entries).toBe(3);
    const week = await search('?time_range=7d&category=application');
    expect(week.summary).toMatchObject({ total_entries: 5, error_count: 2 });
    expect(week.trends.security_incidents).toBe(2);
  });

  test('pages follow each other without a gap', async () => {
    const first = await search('?limit=4&time_range=30d');
    const second = await search(`?limit=4&time_range=30d&cursor=${first.next_cursor}`);
    expect(second.next_cursor).toBeNull();
    const all = [...messages(first), ...messages(second)];
    expect(new Set(all).size).toBe(8);
    expect(all).toEqual(messages(await search('?time_range=30d')));
  });

  test('slower answers than the day before are a degradation', async () => {
    const sample = (hoursAgo: number, p95: number) =>
      encodeEntry({
        timestamp: new Date(Date.now() - hoursAgo * HOUR_MS).toISOString(),
        level: 'info',
        message: 'GET /x',
        metadata: {
          seq: makeSeq(1, ++seqs),
          type: 'system',
          service: 'query-api',
          event: 'request_times',
          route: 'GET /x',
          count: 50,
          p95,
        },
      });
    await writeFile(
      systemLogFile(rig.logDir, 'performance'),
      `${[sample(5, 40), sample(0.5, 400)].join('\n')}\n`,
    );
    const other = await rig.startAnother({ MCPLOG_EXPECTED_APPS: 'admin-api' });
    const answer = await fetch(`${other.url}/api/v1/admin/logs/system`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { data } = (await answer.json()) as SystemLogAnswer;
    expect(data.trends.performance_degradation).toBe(true);
  });

  test('unknown parameters, categories, ranges and broken cursors are refused', async () => {
    const codeOf = async (query: string) =>
      (await rig.call(`/api/v1/admin/logs/system${query}`, { token })).body.error.code;
    expect(await codeOf('?colour=red')).toBe('MCPLOG_UNKNOWN_PARAMETER');
    expect(await codeOf('?category=kitchen')).toBe('MCPLOG_BAD_REQUEST');
    expect(await codeOf('?time_range=2h')).toBe('MCPLOG_BAD_REQUEST');
    expect(await codeOf('?limit=1001')).toBe('MCPLOG_BAD_REQUEST');
    expect(await codeOf('?cursor=broken')).toBe('MCPLOG_BAD_CURSOR');
  });

  test('reading them is audited', async () => {
    await search('?category=audit');
    await eventually(() =>
      rig.told.some(
        ({ category, record }) =>
          category === 'audit' && record.metadata?.action === 'systemLogs.read',
      ),
    );
  });
});

describe('health', () => {
  const health = async () => {
    const answer = await rig.call('/api/v1/admin/logs/health', { token });
    expect(answer.status).toBe(200);
    expect([...Value.Errors(HealthAnswer, answer.body)]).toEqual([]);
    return answer.body.data as HealthAnswer['data'];
  };

  test('says what is missing, how full the disk is and what the bus promises', async () => {
    const data = await health();
    expect(data.disk_usage.bytes.system_logs).toBeGreaterThan(0);
    expect(data.disk_usage.system_logs).toMatch(/^\d+(\.\d)?(B|KB|MB)$/);
    expect(data.disk_usage.bytes.user_logs).toBe(0);
    expect(data).toMatchObject({
      rotation_status: 'not_running',
      rotation: { last_rotation: null, waiting_files: 0 },
      backup_status: 'not_configured',
      instance_isolation: 'unknown',
      bus: { connected: true, durability: expect.stringMatching(/process-crash|unknown/) },
    });
    expect(data.services.map(({ app }) => app)).toContain('admin-api');
    expect(data.alerts).toContainEqual(
      expect.objectContaining({ kind: 'service_missing', severity: 'critical' }),
    );
    expect(data.log_system_health).toBe('critical');
  });

  test('a service that sends signs is no longer missing, and its problems are told', async () => {
    const now = () => new Date().toISOString();
    await rig.registry.services.put('log-writer.host.1', {
      app: 'log-writer',
      host: 'host',
      pid: 1,
      startedAt: now(),
      seenAt: now(),
      problems: ['shard 3 waits for its disk'],
      figures: { entries: 7 },
    });
    const data = await eventually(async () => {
      const answer = await health();
      return answer.services.some(({ app }) => app === 'log-writer') ? answer : undefined;
    });
    expect(data.alerts.map(({ kind, message }) => [kind, message])).toContainEqual([
      'service_problem',
      'log-writer: shard 3 waits for its disk',
    ]);
    expect(data.alerts.some(({ kind }) => kind === 'service_missing')).toBe(false);
  });

  test('it answers while the bus is away and says so', async () => {
    await rig.killBus();
    const data = await eventually(async () => {
      const answer = await health();
      return answer.bus.connected ? undefined : answer;
    });
    expect(data.log_system_health).toBe('critical');
    expect(data.alerts).toContainEqual(expect.objectContaining({ kind: 'bus_disconnected' }));
    const logout = () => rig.call('/api/v1/auth/logout', { method: 'POST', token });
    const refused = await logout();
    expect([refused.status, refused.body.error.code]).toEqual([503, 'MCPLOG_BUS_UNAVAILABLE']);
    await rig.restartBus();
    await eventually(async () => (await logout()).status === 204);
  });
});
