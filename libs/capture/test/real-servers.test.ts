import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually, type McpServerCommand, realMcpServers } from '@mcplog/test-kit';
import { afterEach, expect, test } from 'vitest';
import { type CapturedRecord, type CaptureSession, createCaptureSession } from '../src/index.ts';

interface Tapped {
  readonly child: ChildProcess;
  readonly session: CaptureSession;
  readonly records: CapturedRecord[];
  send(message: object): void;
}

const started: ChildProcess[] = [];

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});

function tap(server: McpServerCommand): Tapped {
  const records: CapturedRecord[] = [];
  const session = createCaptureSession({
    mask: (text) => text,
    emit: (record) => records.push(record),
  });
  const child = spawn(server.command, server.args);
  started.push(child);
  child.stdout.on('data', (chunk: Buffer) => session.serverStdout(chunk));
  child.stderr.on('data', (chunk: Buffer) => session.serverStderr(chunk));
  const send = (message: object) => {
    const line = Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    session.clientToServer(line);
    child.stdin.write(line);
  };
  send({
    id: 0,
    method: 'initialize',
    params: {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'test', version: '1' },
    },
  });
  return { child, session, records, send };
}

function metadataOf(record: CapturedRecord): Record<string, unknown> {
  return JSON.parse(`{${record.metadata}}`);
}

function callsOf(records: readonly CapturedRecord[]): unknown[] {
  return records
    .filter(({ type }) => type === 'http')
    .map(metadataOf)
    .filter(({ direction }) => direction === 'client')
    .map((metadata) => [
      metadata['mcp.method.name'],
      metadata['gen_ai.tool.name'],
      metadata['jsonrpc.request.id'],
      metadata.outcome,
    ]);
}

test('every call of a real session becomes one record with its outcome', async () => {
  const { child, session, records, send } = tap(realMcpServers().everything);
  await eventually(() => session.counters.calls > 0);
  send({ method: 'notifications/initialized' });
  send({ id: 1, method: 'tools/call', params: { name: 'echo', arguments: { message: 'hi' } } });
  send({ id: 'no', method: 'tools/call', params: { name: 'no_such_tool', arguments: {} } });
  send({ id: 2, method: 'no/such/method' });
  await eventually(() => session.inFlight() === 0);
  child.kill('SIGKILL');
  const [exitCode, signal] = await once(child, 'close');
  session.end({ exitCode, signal });
  expect(new Set(callsOf(records))).toEqual(
    new Set([
      ['initialize', undefined, '0', 'ok'],
      ['tools/call', 'echo', '1', 'ok'],
      ['tools/call', 'no_such_tool', 'no', 'tool_error'],
      ['no/such/method', undefined, '2', 'rpc_error'],
    ]),
  );
  expect(session.counters.pollution).toBe(0);
  const stderr = records.filter(({ type }) => type === 'stderr').map(({ message }) => message);
  expect(stderr).toContain('Starting default (STDIO) server...');
});

test('a call that dies with its server is told as unanswered', async () => {
  const { child, session, records, send } = tap(realMcpServers().everything);
  await eventually(() => session.counters.calls > 0);
  send({ method: 'notifications/initialized' });
  const name = 'trigger-long-running-operation';
  send({
    id: 1,
    method: 'tools/call',
    params: { name, arguments: { duration: 60, steps: 600 }, _meta: { progressToken: 'p' } },
  });
  await eventually(() => session.counters.protocolMessages >= 6);
  child.kill('SIGKILL');
  const [exitCode, signal] = await once(child, 'close');
  session.end({ exitCode, signal });
  const last = records.map(metadataOf).find((metadata) => metadata['gen_ai.tool.name'] === name);
  expect(last).toMatchObject({ outcome: 'unanswered', reason: 'process ended by SIGKILL' });
  expect(last?.progressCount).toBeGreaterThan(0);
});

test('a box that a real server draws on stderr is one record', async () => {
  const { session, records, send } = tap(realMcpServers().sequentialThinking);
  await eventually(() => session.counters.calls > 0);
  send({ method: 'notifications/initialized' });
  send({
    id: 1,
    method: 'tools/call',
    params: {
      name: 'sequentialthinking',
      arguments: {
        thought: 'First, look at the error log.',
        nextThoughtNeeded: true,
        thoughtNumber: 1,
        totalThoughts: 3,
      },
    },
  });
  await eventually(() => records.some(({ message }) => message.includes('error log')));
  const box = records.find(({ message }) => message.includes('error log'));
  expect(box).toMatchObject({ type: 'stderr' });
  expect(box?.message.startsWith('┌')).toBe(true);
  expect(box?.message.endsWith('┘')).toBe(true);
});
