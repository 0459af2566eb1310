import { expect, test } from 'vitest';
import { createCaptureSession, extractFields, inferLevel, routeEntry } from '../src/index.ts';

/** Text made to keep a careless pattern busy for minutes; the runner's time limit is the judge. */
const HOSTILE = [
  ...[
    ')',
    ']',
    '(',
    '[',
    '[a ',
    ' ',
    '\t',
    '1',
    '1:',
    '1.',
    'Error',
    'Error: ',
    'a.',
    ':',
    ': ',
    '"GET ',
    'GET /',
  ],
  ...[
    'GET / 200 ',
    '| 200 |',
    'file://a:1',
    "thread '",
    '{"a":',
    '{',
    '\\"',
    'level=',
    '═',
    '│',
    'at ',
    '  at',
    '-',
  ],
  ...['<1>', '(node:', 'npm ', '\u001b[', '\u001b]', '\r', '\u0000', '\ufffd', 'goroutine 1 ['],
];

test.each(HOSTILE)('64 KiB of %j, ended by anything, is handled', (unit) => {
  const line = unit.repeat(Math.ceil(65_000 / unit.length));
  let count = 0;
  const session = createCaptureSession({ mask: (text) => text, emit: () => count++ });
  for (const end of ['', 'x', ' ', '!', '1', ')']) {
    for (const text of [`${line}${end}`, `head\n${line}${end}`, `ERROR: ${line}${end}`]) {
      const { level } = inferLevel(text, 'stderr');
      extractFields(text, 'stderr');
      routeEntry({ type: 'stdout', level, message: text, stderrRouting: 'error-log' });
      session.serverStderr(Buffer.from(`${text}\n`));
      session.serverStdout(Buffer.from(`${text}\n`));
    }
  }
  session.end({ exitCode: 0 });
  expect(count).toBe(session.counters.records);
});

test('a flood of blank lines makes no entry and no long record', () => {
  const messages: string[] = [];
  const session = createCaptureSession({
    mask: (text) => text,
    emit: ({ message }) => messages.push(message),
  });
  session.serverStderr(Buffer.from(`head\n${'\n'.repeat(300_000)}  tail\n`));
  session.end({ exitCode: 0 });
  expect(messages).toEqual(['head', '  tail']);
});
