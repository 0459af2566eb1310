import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type CapturedRecord, createCaptureSession, inferLevel } from '../src/index.ts';

function play(name: string) {
  const records: CapturedRecord[] = [];
  let nowMs = 1_795_000_000_000;
  const session = createCaptureSession({
    mask: (text) => text,
    emit: (record) => records.push(record),
    clock: { wallMs: () => nowMs, steadyMs: () => nowMs, schedule: () => () => undefined },
    processInfo: { run: 1 },
  });
  const path = new URL(`transcripts/${name}.txt`, import.meta.url);
  for (const line of readFileSync(path, 'utf8').trimEnd().split('\n')) {
    nowMs += 1;
    const bytes = Buffer.from(`${line.slice(2)}\n`);
    if (line.startsWith('>')) session.clientToServer(bytes);
    else if (line.startsWith('<')) session.serverStdout(bytes);
    else session.serverStderr(bytes);
  }
  session.end({ signal: 'SIGKILL' });
  const calls = records
    .filter(({ type }) => type === 'http')
    .map(({ metadata }) => JSON.parse(`{${metadata}}`) as Record<string, unknown>);
  const stderr = records.filter(({ type }) => type === 'stderr');
  return { session, records, calls, stderr, health: session.health() };
}

const outcomes = (calls: readonly Record<string, unknown>[]) =>
  calls.map((call) => [call.direction, call['mcp.method.name'], call.outcome]);

test('a cancelled call of server-everything ends once, its late progress is counted', () => {
  const { calls, health } = play('everything-cancel');
  expect(outcomes(calls)).toEqual([
    ['client', 'initialize', 'ok'],
    ['server', 'roots/list', 'ok'],
    ['client', 'tools/call', 'cancelled'],
    ['client', 'ping', 'ok'],
    ['client', 'tools/call', 'tool_error'],
  ]);
  expect(calls[2]).toMatchObject({
    progressCount: 2,
    reason: 'user went away',
    'jsonrpc.request.id': '1',
  });
  expect(health).toMatchObject({
    era: 'legacy',
    protocolVersions: ['2025-06-18'],
    server: { name: 'mcp-servers/everything' },
    figures: { lateProgress: 2, unanswered: 0, unknownAnswers: 0, pollution: 0 },
  });
  expect(health.findings.map(({ code, level }) => [code, level])).toEqual([
    ['lateProgress', 'info'],
  ]);
});

test('a failure that server-slack tells as a success is suspected, and its stderr belongs to it', () => {
  const { calls, stderr } = play('slack');
  const failed = calls.at(-1);
  expect(failed).toMatchObject({
    outcome: 'suspected_error',
    'gen_ai.tool.name': 'slack_list_channels',
  });
  const printed = stderr.filter(({ metadata }) =>
    metadata.includes(`"callId":"${failed?.callId}"`),
  );
  expect(printed.map(({ message }) => message.split('\n').length)).toEqual([4, 9]);
  expect(inferLevel(printed[1]?.message ?? '', 'stderr').level).toBe('error');
});

test('a failure of server-github is a JSON-RPC error with its code', () => {
  const { calls, health } = play('github');
  expect(calls.at(-1)).toMatchObject({
    outcome: 'rpc_error',
    'error.type': '-32603',
    errorMessage: 'fetch failed',
    'mcp.protocol.version': '2024-11-05',
  });
  expect(health).toMatchObject({ era: 'legacy', findings: [] });
});

test('a failure of figma is told by the call and by one line of stderr', () => {
  const { calls, stderr } = play('figma');
  expect(calls.at(-1)?.outcome).toBe('tool_error');
  const levels = stderr.map(({ message }) => inferLevel(message, 'stderr').level);
  expect(levels.filter((level) => level === 'error')).toHaveLength(1);
});

test('a server of 2026-07-28 needs no handshake', () => {
  const { calls, health } = play('weather-modern');
  expect(outcomes(calls)).toEqual([
    ['client', 'server/discover', 'ok'],
    ['client', 'tools/list', 'ok'],
    ['client', 'tools/call', 'ok'],
    ['client', 'tools/call', 'tool_error'],
    ['client', 'ping', 'rpc_error'],
  ]);
  for (const call of calls) expect(call['mcp.protocol.version']).toBe('2026-07-28');
  expect(health).toMatchObject({
    era: 'modern',
    server: { name: 'weather', version: '1.0.0' },
    outcomes: { ok: 3, tool_error: 1, rpc_error: 1 },
    findings: [],
  });
});

test('nothing that a healthy server prints is an error', () => {
  for (const name of ['everything-cancel', 'github', 'weather-modern']) {
    for (const { message } of play(name).stderr) {
      expect(inferLevel(message, 'stderr').level, message).toBe('info');
    }
  }
});
