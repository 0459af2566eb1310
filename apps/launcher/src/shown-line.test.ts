import { expect, it } from 'vitest';
import { shownAppLine, shownNatsLine } from './shown-line.ts';

it('of an app only warnings and worse are shown, with their cause', () => {
  expect(shownAppLine('{"level":"info","msg":"request"}')).toBeUndefined();
  expect(shownAppLine('{"level":"warn","msg":"slow"}')).toBe('warn: slow');
  expect(shownAppLine('{"level":"error","msg":"failed","err":{"message":"no disk"}}')).toBe(
    'error: failed: no disk',
  );
});

it('of a crash its error is shown and not its stack', () => {
  const stack = [
    'node:internal/x:1',
    '  throw err;',
    '',
    'Error: boom',
    '    at a (b.js:1:1)',
    '}',
  ];
  expect(stack.map(shownAppLine).filter((line) => line !== undefined)).toEqual(['Error: boom']);
});

it('control characters of a program do not reach the terminal', () => {
  expect(shownAppLine('evil \x1b[2J\x07 words')).toBe('evil  [2J  words');
});

it('of nats-server warnings and errors are shown', () => {
  expect(shownNatsLine('[7] 2026/11/23 13:40:01.000 [INF] Server is ready')).toBeUndefined();
  expect(shownNatsLine('[7] 2026/11/23 13:40:01.000 [ERR] disk full')).toBe('ERR: disk full');
  expect(shownNatsLine('nats-server: nats.conf:3: bad')).toBe('nats-server: nats.conf:3: bad');
});
