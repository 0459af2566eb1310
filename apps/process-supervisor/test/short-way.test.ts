/** Do lines that go out together make the same entries as lines that go one by one? */
import {
  type CaptureSession,
  type CaptureSessionOptions,
  type Clock,
  createCaptureSession,
  StormBudget,
  TRACE_WORDS,
} from '@mcplog/capture';
import { createMasker } from '@mcplog/masking';
import { type CaptureRecord, decodeCaptureBatch, SectionEncoder } from '@mcplog/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { captureMasks } from '../src/instances/capture-masks.ts';

const SECRETS = [
  { name: 'API_KEY', value: 'sup3r-s3cret-api-key-value' },
  { name: 'PIN', value: '2026x7b' },
  { name: 'DB_PASSWORD', value: 'Kq8vTz!mWpLx22' },
];
const HEADER = {
  userId: 'u_1',
  instanceId: 'i_1',
  service: 'files',
  run: 1,
  firstN: 1,
  stderrRouting: 'by-level',
} as const;

const word = fc.constantFrom(
  ...['listed', '/srv/reports/17', 'in 12 ms', 'job 4', 'GET /a?b=c%20d', 'user a@example.org'],
  ...['password=hunter2', 'DE89370400440532013000', '4111 1111 1111 1111', 'Error', 'failed:', 'é'],
  ...['sup3r-s3cret', '-api-key-value', 'sup3r-s3cret-api-key-value', '2', '20', '26x7b', 'Kq8vTz'],
  ...['078-05-1120', 'aaaaaa.bbbbbb.cccccc', '\\u0041', '\t', 'main.(*index).row(0x0)', 'ok', '{['],
);
const text = fc.array(word, { minLength: 0, maxLength: 5 }).map((words) => words.join(' '));
const begin = fc.constantFrom(
  ...[
    '2026-11-23 13:59:59,999 INFO files - ',
    '[2026-11-23T13:59:59Z] ',
    '13:59:59 ',
    '9:01:02 x ',
  ],
  ...[
    'INFO ',
    'INFO: ',
    'DEBUG] ',
    'WARNING:x ',
    'WARN',
    'INFO',
    'ERROR ',
    '[server] ',
    '[a] INFO ',
  ],
  ...['10.0.0.1 - - ', '404 ', '7.x(', '2026-11-2 ', '', 'GET ', '  at x (', 'Caused by: ', '}'],
);
const plainLine = fc.tuple(begin, text).map((parts) => parts.join(''));
const jsonLine = text.map((msg) => JSON.stringify({ level: 30, msg }));
const trace = fc.constantFrom(
  'TypeError: x is not a function\n    at f (/a/b.js:1:2)\n    at g (/a/c.js:3:4)',
  'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: no',
  '2026-11-23 13:59:59 ERROR failed\nTraceback (most recent call last):\n  File "a.py", line 1\nKeyError: 1',
  "thread 'main' panicked at src/a.rs:1:2:\nboom\nnote: run with `RUST_BACKTRACE=1`",
  'panic: x\n\ngoroutine 1 [running]:\nmain.f(0x0)\n\t/a.go:1 +0x1\nexit status 2',
  '2026-11-23 13:59:59 INFO what follows:\n10.0.0.1 - - x\n    at f (/a.js:1:2)',
  '13:59:59 INFO ends in 2\n026x7b goes on\n13:59:59 INFO next',
  '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIB\n-----END PRIVATE KEY-----',
  '╭── Traceback ──╮\n│ x │\n╰───╯',
  'progress 1\rprogress 2\rdone\r',
  '\u001b[32mgreen\u001b[0m',
  '',
  '   ',
);
/** Long enough in a row to go the short way, with others among them. */
const ordinary = fc
  .nat({ max: 999 })
  .map((n) => `2026-11-23 13:59:59,999 INFO job - number ${n} done`);
const access = fc.nat({ max: 99 }).map((n) => `10.0.0.${n} - - "GET /a HTTP/1.1" 200 ${n}`);
const line = fc.oneof(
  { weight: 12, arbitrary: ordinary },
  { weight: 6, arbitrary: access },
  { weight: 3, arbitrary: plainLine },
  { weight: 2, arbitrary: jsonLine },
  { weight: 1, arbitrary: trace },
);

type Step =
  | { readonly kind: 'stderr' | 'stdout'; readonly bytes: Buffer }
  | { readonly kind: 'call' | 'answer'; readonly id: number }
  | { readonly kind: 'wait'; readonly ms: number };

const lines = fc
  .array(line, { minLength: 1, maxLength: 80, size: 'max' })
  .map((all) => `${all.join('\n')}\n`);
const isCut = fc.boolean();
/** Large and small pieces of a stream, cut anywhere. */
const printed = fc
  .tuple(fc.constantFrom('stderr', 'stderr', 'stdout'), lines, isCut, fc.nat())
  .map(([kind, all, cut, at]): Step => {
    const bytes = Buffer.from(all);
    return { kind, bytes: cut ? bytes.subarray(0, at % bytes.length) : bytes } as Step;
  });
const other = fc.oneof(
  fc.record({ kind: fc.constantFrom('call', 'answer'), id: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('wait'), ms: fc.constantFrom(0, 1, 4, 6, 30, 60, 1100) }),
) as fc.Arbitrary<Step>;
const steps = fc.array(
  fc.oneof({ weight: 3, arbitrary: printed }, { weight: 1, arbitrary: other }),
  {
    minLength: 1,
    maxLength: 12,
    size: 'max',
  },
);
const limits = fc.record({
  hasSecrets: fc.boolean(),
  linesBurst: fc.constantFrom(30, 100, 100_000),
  bytesPerDay: fc.constantFrom(20_000, 1e9),
  repeatsShown: fc.constantFrom(undefined, 1, 2, 3),
  isGated: fc.boolean(),
});

/** Time stands still but for the steps that let it go on. */
class StepClock implements Clock {
  #nowMs = 1_000;
  #due: { atMs: number; task: () => void }[] = [];
  wallMs = () => this.#nowMs;
  steadyMs = () => this.#nowMs;
  schedule = (task: () => void, delayMs: number) => {
    const one = { atMs: this.#nowMs + delayMs, task };
    this.#due.push(one);
    return () => {
      this.#due = this.#due.filter((other) => other !== one);
    };
  };
  wait(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#due
        .filter(({ atMs }) => atMs <= untilMs)
        .sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#due = this.#due.filter((one) => one !== next);
      this.#nowMs = next.atMs;
      next.task();
    }
    this.#nowMs = untilMs;
  }
}

interface Captured {
  readonly records: CaptureRecord[];
  readonly states: unknown[];
  readonly runs: number;
}

function capture(
  script: readonly Step[],
  options: { isShort: boolean } & (typeof limits extends fc.Arbitrary<infer T> ? T : never),
): Captured {
  const { isShort, hasSecrets, linesBurst, bytesPerDay, repeatsShown, isGated } = options;
  const masker = createMasker({
    secrets: hasSecrets ? SECRETS : [],
    hashKey: Buffer.alloc(32, 1),
    watchedWords: TRACE_WORDS,
  });
  const { sieves, ...masks } = captureMasks(masker);
  const encoder = new SectionEncoder();
  const clock = new StepClock();
  let runs = 0;
  const gate: Partial<CaptureSessionOptions> = isGated
    ? {
        budget: new StormBudget({ linesPerSecond: 50, linesBurst, bytesPerDay }),
        ...(repeatsShown !== undefined && { repeatsShown }),
      }
    : {};
  const session = createCaptureSession({
    ...masks,
    emit: (record) => encoder.append(record),
    ...(isShort && {
      runs: {
        sieves,
        emit: (run) => {
          runs++;
          encoder.appendLines(run);
        },
      },
    }),
    stdout: 'text',
    clock,
    processInfo: { pid: 7, run: 1 },
    ...gate,
  });
  const states = script.map((step) => {
    play(session, clock, step);
    return { held: session.held(), counters: session.counters };
  });
  session.end({ exitCode: 0 });
  states.push({ held: session.held(), counters: session.counters });
  const [section] = encoder.count === 0 ? [] : decodeCaptureBatch(encoder.finish(HEADER));
  const records = [...(section?.records ?? [])].map((record) => ({
    ...record,
    message: record.message.toString(),
    metadata: record.metadata.toString(),
  }));
  return { records, states: [...states, { ...masker.counters() }], runs };
}

function play(session: CaptureSession, clock: StepClock, step: Step): void {
  switch (step.kind) {
    case 'stderr':
      session.serverStderr(step.bytes);
      break;
    case 'stdout':
      session.serverStdout(step.bytes);
      break;
    case 'call':
      session.clientMessage(
        JSON.stringify({
          jsonrpc: '2.0',
          id: step.id,
          method: 'tools/call',
          params: { name: 'x' },
        }),
      );
      break;
    case 'answer':
      session.serverMessage(JSON.stringify({ jsonrpc: '2.0', id: step.id, result: {} }));
      break;
    case 'wait':
      clock.wait(step.ms);
  }
}

test('lines that go out together make the records that they make one by one', () => {
  let runs = 0;
  fc.assert(
    fc.property(steps, limits, (script, options) => {
      const short = capture(script, { ...options, isShort: true });
      const long = capture(script, { ...options, isShort: false });
      runs += short.runs;
      expect(short.records).toEqual(long.records);
      expect(short.states).toEqual(long.states);
    }),
    { numRuns: 250 },
  );
  expect(runs).toBeGreaterThan(100);
});
