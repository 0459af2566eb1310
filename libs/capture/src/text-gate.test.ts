import { expect, test } from 'vitest';
import {
  type BudgetLimits,
  type CapturedRecord,
  type CaptureSessionOptions,
  createCaptureSession,
  ENTRY_BYTES,
  StormBudget,
} from './index.ts';

const MINUTE_MS = 60_000;

function start(options: Partial<CaptureSessionOptions> = {}) {
  const records: CapturedRecord[] = [];
  const timers: { task: () => void; atMs: number }[] = [];
  let nowMs = 1_000_000;
  const clock = {
    wallMs: () => nowMs,
    steadyMs: () => nowMs,
    schedule: (task: () => void, delayMs: number) => {
      const timer = { task, atMs: nowMs + delayMs };
      timers.push(timer);
      return () => {
        timers.splice(timers.indexOf(timer), 1);
      };
    },
  };
  const advance = (ms: number) => {
    const endMs = nowMs + ms;
    for (;;) {
      const next = timers.sort((one, other) => one.atMs - other.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      timers.shift();
      nowMs = next.atMs;
      next.task();
    }
    nowMs = endMs;
  };
  const session = createCaptureSession({
    mask: (text) => text,
    emit: (record) => records.push(record),
    clock,
    ...options,
  });
  return {
    session,
    records,
    advance,
    print: (text: string) => session.serverStderr(Buffer.from(text)),
    told: (event: string) =>
      records.filter(({ metadata }) => metadata.includes(event)).map(({ message }) => message),
  };
}

function budgetOf(limits: Partial<BudgetLimits>): StormBudget {
  return new StormBudget(limits);
}

test('a flood of a minute costs its budget, and one entry says what was left out', () => {
  const budget = budgetOf({ linesPerSecond: 100, linesBurst: 1000 });
  const { print, advance, records, told, session } = start({ budget });
  const tenth = 'all is well, nothing to see here\n'.repeat(500);
  for (let i = 0; i < 590; i++) {
    print(tenth);
    advance(100);
  }
  advance(MINUTE_MS);
  const kept = records.filter(({ type }) => type === 'stderr').length;
  expect(kept).toBeLessThanOrEqual(1000 + 59 * 100);
  expect(kept).toBeGreaterThan(1000 + 58 * 100);
  const left = 590 * 500 - kept;
  expect(told('lines_suppressed')).toEqual([`${left} lines suppressed: more than 100 lines/s`]);
  expect(session.counters.leftOut).toBe(left);
});

test('a flood that goes on is told about each minute', () => {
  const budget = budgetOf({ linesPerSecond: 1, linesBurst: 1 });
  const { print, advance, told } = start({ budget });
  for (let half = 0; half < 300; half++) {
    print('one\ntwo\nthree\n');
    advance(500);
  }
  expect(told('lines_suppressed')).toHaveLength(2);
});

test('a budget that is just enough suppresses nothing, one line more is left out', () => {
  const { print, told, session, advance } = start({
    budget: budgetOf({ linesPerSecond: 1, linesBurst: 3 }),
  });
  print('a\nb\nc\n');
  advance(10);
  expect(session.counters.leftOut).toBe(0);
  print('d\n');
  session.end({});
  expect(told('lines_suppressed')).toEqual(['1 line suppressed: more than 1 lines/s']);
});

test('bytes of a day are counted over all runs of an instance and begin anew the next day', () => {
  const budget = budgetOf({ bytesPerDay: 10 + 2 * ENTRY_BYTES });
  const first = start({ budget });
  first.print('12345678\n');
  first.session.end({});
  const second = start({ budget });
  second.print('123\n');
  second.advance(24 * 60 * MINUTE_MS);
  second.print('456\n');
  second.session.end({});
  expect(second.told('lines_suppressed')).toEqual([
    `1 line suppressed: more than ${10 + 2 * ENTRY_BYTES} bytes today`,
  ]);
  expect(second.records.some(({ message }) => message === '456')).toBe(true);
});

test('a trace passes while ordinary lines are suppressed, but not without end', () => {
  const limits = { linesPerSecond: 0, linesBurst: 1, tracesPerSecond: 0, tracesBurst: 2 };
  const { print, advance, records, session } = start({ budget: budgetOf(limits) });
  print('noise\nnoise\n');
  for (let i = 0; i < 4; i++) {
    advance(100);
    print(`TypeError: no. ${i}\n    at f (a.js:1:1)\n`);
  }
  session.end({});
  const traces = records.filter(({ message }) => message.startsWith('TypeError'));
  expect(traces).toHaveLength(2);
});

test('a trace passes when the bytes of the day are used up, as far as the reserve goes', () => {
  const { print, advance, records, session } = start({
    budget: budgetOf({ bytesPerDay: 20 * ENTRY_BYTES }),
  });
  print('x'.repeat(19 * ENTRY_BYTES - 1));
  print('\n');
  advance(100);
  for (let i = 0; i < 4; i++) {
    print(`TypeError: no. ${i}\n    at f (a.js:1:1)\n`);
    advance(100);
  }
  session.end({});
  const traces = records.filter(({ message }) => message.startsWith('TypeError'));
  expect(traces).toHaveLength(1);
  expect(session.counters).toMatchObject({ leftOut: 3, suppressedLines: 6, folded: 0 });
});

test('what is left out is shown to the masker in its place', () => {
  const seen: string[] = [];
  const { print, session } = start({
    budget: budgetOf({ linesPerSecond: 0, linesBurst: 1 }),
    maskText: (stream, text) => {
      seen.push(`${stream} shows ${text}`);
      return text;
    },
    passOver: (stream, text) => seen.push(`${stream} leaves out ${text}`),
  });
  print('one\ntwo\n');
  session.end({});
  expect(seen).toEqual(['stderr shows one', 'stderr leaves out two']);
});

test('a line that was cut is masked as one, also within a record, and a cut binary one', () => {
  const cut: string[] = [];
  const { print, advance, session } = start({
    maskText: (_, text, isCut) => {
      if (isCut) cut.push(text.slice(0, 12));
      return text;
    },
  });
  print(`whole\nlong ${'a'.repeat(70_000)}\n`);
  advance(100);
  print(`Error: ${'b'.repeat(70_000)}\n    at f (a.js:1:1)\n`);
  advance(100);
  print(`\0${'c'.repeat(2000)}\n\0short\n`);
  session.end({});
  expect(cut).toEqual(['long aaaaaaa', 'Error: bbbbb', '    at f (a.', '\\x00cccccccc']);
});

test('calls and entries of ours are never suppressed', () => {
  const { print, records, session } = start({
    budget: budgetOf({ linesPerSecond: 0, linesBurst: 0 }),
  });
  session.clientMessage('{"jsonrpc":"2.0","id":1,"method":"ping"}');
  print('noise\n');
  session.serverMessage('{"jsonrpc":"2.0","id":1,"result":{}}');
  session.note({ level: 'info', message: 'ours' });
  session.end({});
  expect(records.map(({ type }) => type).sort()).toEqual(['http', 'system', 'system']);
});

test('equal lines after the third are folded into one entry, before the next other line', () => {
  const { print, records, session } = start({ repeatsShown: 3 });
  print(`${'connection refused\n'.repeat(8)}connected\n`);
  session.end({});
  expect(records.map(({ message }) => message)).toEqual([
    'connection refused',
    'connection refused',
    'connection refused',
    'last stderr line repeated 5 more times in 0 s',
    'connected',
  ]);
});

test('a line that differs in its time only is the same line, one that differs elsewhere is not', () => {
  const { print, records, session } = start({ repeatsShown: 1 });
  print('2026-11-23 06:00:00,123 ERROR refused\n2026-11-23 06:00:01,456 ERROR refused\n');
  print('2026-11-23 06:00:02,789 ERROR refusal\n');
  print('row 17 of 20\nrow 18 of 20\n');
  session.end({});
  expect(records.map(({ message }) => message)).toEqual([
    '2026-11-23 06:00:00,123 ERROR refused',
    'last stderr line repeated 1 more time in 0 s',
    '2026-11-23 06:00:02,789 ERROR refusal',
    'row 17 of 20',
    'row 18 of 20',
  ]);
});

test('a row that stops is told after a second, one that goes on each minute', () => {
  const { print, advance, told } = start({ repeatsShown: 1 });
  print('again\nagain\n');
  advance(3000);
  expect(told('lines_folded')).toHaveLength(1);
  for (let i = 0; i < 130; i++) {
    print('again\n');
    advance(900);
  }
  expect(told('lines_folded')).toHaveLength(2);
});

test('without a budget nothing is left out', () => {
  const { print, records, session } = start();
  print('same\n'.repeat(50_000));
  session.end({});
  expect(records).toHaveLength(50_000);
});
