import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inferLevel, LineFramer, RecordGrouper } from '../src/index.ts';

/** What each recorded output ought to become: the first line and the level of each record. */
const SAMPLES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'dotnet-uncaught': [['Unhandled exception.', 'error']],
  'go-panic': [['panic: assignment', 'error']],
  'java-app': [['Exception in thread "main"', 'error']],
  'java-jul': [
    ['Nov 23, 2026 1:37:14 PM Jul main\nINFO: ready', 'info'],
    ['Nov 23, 2026 1:37:14 PM Jul main\nSEVERE: tool failed\njava.lang', 'error'],
    ['Nov 23, 2026 1:37:14 PM Jul main\nWARNING: slow', 'warn'],
  ],
  'node-aggregate': [['AggregateError: all hosts failed', 'error']],
  'node-fetch': [['Failed to fetch:', 'error']],
  'node-inspect': [
    ['Received CallToolRequest: {', 'info'],
    ['Server running on stdio', 'info'],
  ],
  'node-missing-import': [['node:internal/modules/esm/resolve:272', 'error']],
  'node-missing-require': [['node:internal/modules/cjs/loader:1568', 'error']],
  'node-multiline': [
    ['Error: query failed:', 'error'],
    ['next line is its own record', 'info'],
  ],
  'node-reject': [['file:///srv/app/reject.mjs:1', 'error']],
  'node-uncaught': [['file:///srv/app/uncaught.mjs:2', 'error']],
  'node-warn': [['(node:', 'warn']],
  'npm-error': [['npm error code ENOTCACHED', 'error']],
  'python-chained': [['Traceback (most recent call last):', 'error']],
  'python-group': [['  + Exception Group Traceback', 'error']],
  'python-logged': [
    ['2026-11-23 13:37:13,068 - server - INFO - starting', 'info'],
    ['2026-11-23 13:37:13,069 - server - ERROR - tool failed\nTraceback', 'error'],
    ['2026-11-23 13:37:13,070 - server - INFO - next', 'info'],
  ],
  'python-loguru': [
    ['2026', 'info'],
    ['2026', 'error'],
    ['2026', 'warn'],
  ],
  'python-plain': [['Traceback (most recent call last):', 'error']],
  'python-pydantic': [['Traceback (most recent call last):', 'error']],
  'python-rich-log': [
    ['[', 'info'],
    ['', 'error'],
    ['', 'warn'],
  ],
  'python-rich-uncaught': [['╭', 'error']],
  'python-syntax': [['  File "/srv/app/syntax.py", line 1', 'error']],
  'python-thread': [['Exception in thread Thread-1', 'error']],
  'python-warn': [
    ['/srv/app/warn.py:2: DeprecationWarning', 'warn'],
    ['/srv/app/warn.py:3: UserWarning', 'warn'],
  ],
  'rust-assert': [["thread 'main'", 'error']],
  'rust-backtrace': [["thread 'main'", 'error']],
  'rust-panic': [["thread 'main'", 'error']],
};

const NAMES = Object.keys(SAMPLES);

function sample(name: string): string {
  return readFileSync(new URL(`samples/${name}.txt`, import.meta.url), 'utf8');
}

function recordsOf(text: string): string[] {
  const records: string[] = [];
  const grouper = new RecordGrouper((record) => records.push(record.text));
  const moment = { wallMs: 0, steadyMs: 0 };
  const framer = new LineFramer((line) => grouper.push(line, moment));
  framer.push(Buffer.from(text));
  framer.end();
  grouper.end();
  return records;
}

function expectSample(name: string, records: readonly string[]): void {
  const wanted = SAMPLES[name] ?? [];
  expect(records.map((text) => [text, inferLevel(text, 'stderr').level])).toEqual(
    wanted.map(([head, level]) => [expect.stringMatching(escaped(head)), level]),
  );
}

function escaped(head: string): RegExp {
  return new RegExp(`^${head.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}`);
}

test.each(NAMES)('the output %s becomes the records a person would make of it', (name) => {
  expectSample(name, recordsOf(sample(name)));
});

test.each(NAMES)('%s keeps its border to the log lines around it in one burst', (name) => {
  const [before, after] = ['2026-11-23T06:00:00Z INFO before', '2026-11-23T06:00:01Z INFO after'];
  const records = recordsOf(`${before}\n${sample(name)}${after}\n`);
  expect([records.at(0), records.at(-1)]).toEqual([before, after]);
  expectSample(name, records.slice(1, -1));
});

/** Nobody could tell these apart: an exception right after a warning belongs to it elsewhere. */
const AMBIGUOUS = new Set([
  'java-jul+dotnet-uncaught',
  'java-jul+java-app',
  'java-jul+node-aggregate',
  'java-jul+node-multiline',
  'npm-error+npm-error',
]);

test('any two outputs printed back to back in one burst stay apart', () => {
  const joined: string[] = [];
  for (const one of NAMES) {
    for (const other of NAMES) {
      const apart = [...recordsOf(sample(one)), ...recordsOf(sample(other))];
      const together = recordsOf(sample(one) + sample(other));
      if (together.join('\0') !== apart.join('\0')) joined.push(`${one}+${other}`);
    }
  }
  expect(new Set(joined)).toEqual(AMBIGUOUS);
});
