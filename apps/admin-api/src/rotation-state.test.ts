import type { ServiceRecord } from '@mcplog/protocol';
import { expect, test } from 'vitest';
import { BEHIND_AFTER_MS, rotationStateOf } from './rotation-state.ts';

function sign(app: string, figures: Record<string, number>): ServiceRecord {
  const at = '2025-07-13T12:00:00.000Z';
  return { app, host: 'h', pid: 1, startedAt: at, seenAt: at, problems: [], figures };
}

const writer = sign('log-writer', { last_rotation_ms: Date.parse('2025-07-13T00:00:01.000Z') });
const worker = (figures: Record<string, number>) =>
  sign('maintenance-worker', { on_duty: 1, ...figures });

test('without a worker files are rotated and wait', () => {
  expect(rotationStateOf([writer])).toEqual({
    status: 'not_running',
    last_rotation: '2025-07-13T00:00:01.000Z',
    last_sealed: null,
    waiting_files: 0,
    failing_files: 0,
    quarantined_files: 0,
  });
});

test('all is well while files are sealed in time', () => {
  const waiting = worker({ waiting_files: 3, oldest_waiting_ms: BEHIND_AFTER_MS });
  expect(rotationStateOf([writer, waiting])).toMatchObject({ status: 'healthy', waiting_files: 3 });
});

test('a file that waits too long means that sealing is behind', () => {
  const slow = worker({ waiting_files: 1, oldest_waiting_ms: BEHIND_AFTER_MS + 1 });
  expect(rotationStateOf([writer, slow]).status).toBe('behind');
});

test('what one of several services fails at counts, and who only waits says nothing', () => {
  const idle = sign('maintenance-worker', { on_duty: 0, failing_files: 9 });
  expect(rotationStateOf([writer, idle, worker({ failing_files: 0 })]).status).toBe('healthy');
  const failing = sign('log-writer', { failing_rotations: 2 });
  const state = rotationStateOf([failing, worker({ failing_files: 1 })]);
  expect(state).toMatchObject({ status: 'failing', failing_files: 3 });
});
