import { expect, test } from 'vitest';
import {
  type Clock,
  type GroupedRecord,
  LineFramer,
  type LineMoment,
  RecordGrouper,
} from './index.ts';

/** A clock that stands still until told; its timers run when their time has come. */
class ManualClock implements Clock {
  now = 1_000_000;
  #timers: { at: number; task: () => void }[] = [];

  wallMs(): number {
    return this.now;
  }

  steadyMs(): number {
    return this.now;
  }

  schedule(task: () => void, delayMs: number): () => void {
    const timer = { at: this.now + delayMs, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.now = due.at;
      due.task();
    }
    this.now = end;
  }
}

function start() {
  const clock = new ManualClock();
  const records: GroupedRecord[] = [];
  const heldMs: number[] = [];
  const onRecord = (record: GroupedRecord) => {
    records.push(record);
    heldMs.push(clock.now - record.moment.steadyMs);
  };
  const grouper = new RecordGrouper(onRecord, clock);
  let moment: LineMoment = { wallMs: 0, steadyMs: 0 };
  const framer = new LineFramer((line) => grouper.push(line, moment));
  const print = (text: string) => {
    moment = { wallMs: clock.now, steadyMs: clock.now, isMidLine: framer.isMidLine };
    framer.push(Buffer.from(text));
  };
  return { clock, records, heldMs, print };
}

function textsOf(text: string): string[] {
  const { clock, records, print } = start();
  print(text);
  clock.advance(60);
  return records.map((record) => record.text);
}

test('ordinary lines of one burst stay records of their own', () => {
  expect(textsOf('one\ntwo\n\nthree\n{"a":1}\n{"b":2}\n')).toEqual([
    'one',
    'two',
    'three',
    '{"a":1}',
    '{"b":2}',
  ]);
});

test('indented lines join the line before them in the same burst only', () => {
  const { clock, records, print } = start();
  print('Usage: server <dir>\n\n  <dir>  what to serve\n');
  clock.advance(10);
  print('  alone\n');
  clock.advance(10);
  expect(records.map(({ text, lines }) => [text, lines])).toEqual([
    ['Usage: server <dir>\n\n  <dir>  what to serve', 3],
    ['  alone', 1],
  ]);
});

test('a single line is handed out after the burst gap without another line', () => {
  const { clock, records, print } = start();
  print('ready\n');
  expect(records).toHaveLength(0);
  clock.advance(5);
  expect(records).toHaveLength(1);
});

test('no line is held longer than 50 ms, however slowly a trace arrives', () => {
  const { clock, heldMs, print } = start();
  print('Traceback (most recent call last):\n');
  for (let i = 0; i < 40; i++) {
    clock.advance(4);
    print(`  File "a.py", line ${i}, in f\n`);
  }
  expect(heldMs.length).toBeGreaterThan(1);
  expect(Math.max(...heldMs)).toBeLessThanOrEqual(50);
});

test('a JSON line is handed out at once, and what was held before it', () => {
  const { records, print } = start();
  print('one\n{"level":30,"msg":"x"}\n');
  expect(records.map(({ text }) => text)).toEqual(['one', '{"level":30,"msg":"x"}']);
});

test('a trace that comes in pieces up to 50 ms apart is still one record', () => {
  const { clock, records, print } = start();
  print('Traceback (most recent call last):\n  File "a.py", line 1, in f\n');
  clock.advance(20);
  print('    x()\nKeyError: 1\n');
  clock.advance(60);
  expect(records.map(({ lines }) => lines)).toEqual([4]);
});

test('a record ends at 2,000 lines and at 256 KiB, and says so', () => {
  const { clock, records, print } = start();
  print(`Error: deep\n${'    at f (a.js:1:1)\n'.repeat(2200)}`);
  clock.advance(60);
  expect(records.map(({ lines, isPart }) => [lines, isPart])).toEqual([
    [2000, true],
    [201, false],
  ]);
  records.length = 0;
  print(`dump\n${`  ${'x'.repeat(60_000)}\n`.repeat(6)}`);
  clock.advance(60);
  expect(records.map(({ isPart }) => isPart)).toEqual([true, false]);
});

test('lines of an error message join it only when frames follow', () => {
  expect(textsOf('Error: query failed:\nselect *\nfrom x\n    at f (a.js:1:1)\nnext\n')).toEqual([
    'Error: query failed:\nselect *\nfrom x\n    at f (a.js:1:1)',
    'next',
  ]);
  expect(textsOf('Error: query failed\nretrying\n  in 5 s\ndone\n')).toEqual([
    'Error: query failed',
    'retrying\n  in 5 s',
    'done',
  ]);
  const logged =
    '12:00:00 ERROR com.x.App - failed\njava.io.IOException: x\n\tat com.x.App.main(App.java:4)';
  expect(textsOf(`${logged}\n12:00:01 INFO on\n`)).toEqual([logged, '12:00:01 INFO on']);
  expect(textsOf('12:00:00 ERROR failed\nIOError: x\nnext\n')).toHaveLength(3);
});

test('flags and bytes of all lines are kept', () => {
  const { clock, records, print } = start();
  print('head {\n  \x1b[31mred\x1b[0m\n}\n');
  clock.advance(60);
  expect(records[0]).toMatchObject({ text: 'head {\n  red\n}', flags: 1, bytes: 21 });
});

test('a line that waits for a proof is handed out within 50 ms, on its own when none comes', () => {
  const { clock, records, print } = start();
  print('Error: query failed\n');
  clock.advance(4);
  print('select everything\n');
  clock.advance(4);
  print('from nowhere\n');
  clock.advance(42);
  expect(records.map(({ text }) => text)).toEqual([
    'Error: query failed',
    'select everything',
    'from nowhere',
  ]);
});

test('a chunk that begins with a head is one record, among records that have heads', () => {
  const head = '2026-11-23 06:00:00 INFO';
  const { clock, records, print } = start();
  for (const text of ['1', '2', '3', '4', 'dump:\nalpha\nbeta']) {
    print(`${head} ${text}\n`);
    clock.advance(20);
  }
  print('printed by itself\n');
  clock.advance(20);
  expect(records.map(({ lines }) => lines)).toEqual([1, 1, 1, 1, 3, 1]);
});

test('the title of a table is not the end of the line before it', () => {
  expect(textsOf('ready\n   Tools   \n┏━━━━┓\n┃ a  ┃\n└────┘\nbye\n')).toEqual([
    'ready',
    '   Tools   \n┏━━━━┓\n┃ a  ┃\n└────┘',
    'bye',
  ]);
});

test.each([
  ['what explains an exception', 'BookingError: room 1\ndetail: no price'],
  ['a list that an exception announces', 'MailError: 2 refused:\n- ann\n- bob'],
])('%s belongs to its traceback, the next thing that is said does not', (_what, end) => {
  const trace = `Traceback (most recent call last):\n  File "a.py", line 1, in f\n${end}`;
  expect(textsOf(`${trace}\nserver: goes on\n`)).toEqual([trace, 'server: goes on']);
});

test.each([
  'Task exception was never retrieved\nfuture: <Task finished>\nTraceback (most recent call last):\n  File "a.py", line 1, in f\nOSError: gone',
  'Future exception was never retrieved\nfuture: <Future finished>\nOSError: gone',
  '--- Logging error ---\nTraceback (most recent call last):\n  File "a.py", line 1, in f\nTypeError: no\nCall stack:\n  File "a.py", line 2, in g\nMessage: \'a %d\'\nArguments: (\'b\',)',
  '2026-11-24 00:30:06,403 - spool - DEBUG - settings:\n{\n  "retries": 3\n}',
  'spool [WARNING] no queue\nTraceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError: 1',
  'usage: mail [-h]\nmail: error: argument --retries',
  "unknown option --x\nusage: python3 [option]\nTry `python -h' for more information.",
  '/srv/a.py:7: DeprecationWarning: it goes away\nuse another one\n  f(1)',
])('reports of Python are one record: %j', (text) => {
  expect(textsOf(`${text}\n`)).toEqual([text]);
});

test('a dump of threads takes neither the line before it nor the line behind it', () => {
  const dump = 'Thread 0x01 (most recent call first):\n  File "a.py", line 1 in f';
  expect(textsOf(`slow today\n${dump}\ngoing on\n`)).toEqual(['slow today', dump, 'going on']);
});

const CAUGHT = 'Traceback (most recent call last):\n  File "a.py", line 1, in ask\nKeyError: 1';

test('a traceback below a warning is its own when nobody caught it', () => {
  const warning = '2026-11-24 00:30:06,403 - spool - WARNING - no queue';
  expect(textsOf(`${warning}\n${CAUGHT}\n`)).toEqual([`${warning}\n${CAUGHT}`]);
  const crash = CAUGHT.replace('in ask', 'in <module>');
  expect(textsOf(`${warning}\n${crash}\n`)).toEqual([warning, crash]);
});

test.each([
  ['the branches of a tree', 'spool\n├── late\n│   └── 7\n└── early'],
  [
    'what pip says below an error',
    'error: externally-managed-environment\n\n× It is managed\n╰─> Try apt\n    install\n\nhint: See PEP 668',
  ],
  [
    'a line that Rich broke at the width of its box',
    '╭─ Traceback (most recent call last) ─╮\n│ a.py:1 in f                         │\n╰─────────────────────────────────────╯\nMailError: the queue of the spool is \nclosed',
  ],
  [
    'the fields that a log line says are wrong',
    'ERROR: filter: 2 validation errors for Filter\nfield\n  Field required\nsize\n  Field required',
  ],
  [
    'a message below the place it comes from',
    '2026-11-24 00:30:06,403 INFO /srv/a.py:7\n    SELECT id\nFROM messages',
  ],
  [
    "click's words on wrong arguments",
    "Usage: mail [OPTIONS]\nTry 'mail -h' for help.\n\nError: No such option: -x",
  ],
])('%s: one record', (_what, text) => {
  expect(textsOf(`${text}\n`)).toEqual([text]);
});

test('a line across the screen is no part of the box above it', () => {
  const box = '╭──────╮\n│ mail │\n╰──────╯';
  expect(textsOf(`${box}\n──── night ────\ngood night\n`)).toEqual([
    box,
    '──── night ────',
    'good night',
  ]);
});

test('rows of Rich without a time are told apart by the place behind them', () => {
  const first = '[00:30:20] spool opened                  mail.py:136';
  const rows = [
    '           queues                        mail.py:138\n           late: 7',
    '           spool closed                  mail.py:142',
  ];
  expect(textsOf(`${[first, ...rows].join('\n')}\n`)).toEqual([first, ...rows]);
});

test('a critical line of Rich without a time is a record', () => {
  const lines = ['[11/24/26 00:30:18] ERROR    full', '                    CRITICAL closing'];
  expect(textsOf(`${lines.join('\n')}\n`)).toEqual(lines);
});

test('a double box is a record too', () => {
  const box = '╔══════╗\n║ lane ║\n╚══════╝';
  expect(textsOf(`as of now\n${box}\nmore\n`)).toEqual(['as of now', box, 'more']);
});

test('what a warning says of tracemalloc takes no lines above that warning', () => {
  const warning =
    '<string>:3: RuntimeWarning: never awaited\nRuntimeWarning: Enable tracemalloc to see';
  expect(textsOf(`${CAUGHT}\nended\n${warning}\n`)).toEqual([CAUGHT, 'ended', warning]);
});

test('heads that begin with a number set to the right are heads', () => {
  const lines = ['    63 MainThread DEBUG lanes', '   110 MainThread WARNING slow'];
  expect(textsOf(`${lines.join('\n')}\n`)).toEqual(lines);
});

test("a traceback in the column of Rich's message belongs to it, however long that is", () => {
  const text = `[02:46:41] ERROR    packing stopped\n${`hint: close the lid\n${CAUGHT}`.replace(/^/gm, ' '.repeat(20))}`;
  expect(textsOf(`${text}\n`)).toEqual([text]);
});
