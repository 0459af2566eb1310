import { makeSeq, parseEntry } from '@mcplog/log-entry';
import { type CaptureRecord, decodeCaptureBatch, SectionEncoder } from '@mcplog/protocol';
import { expect, test } from 'vitest';
import { EntryEncoder } from './entry-encoder.ts';

const identity = {
  userId: 'ann',
  instanceId: 'everything-1',
  service: 'everything',
  run: 2,
  firstN: 1,
  stderrRouting: 'error-log',
} as const;

function encode(records: Partial<CaptureRecord>[], lastSeq = 0) {
  const encoder = new SectionEncoder();
  for (const record of records) {
    encoder.append({ timestampMs: 1_000, type: 'stdout', message: '', metadata: '', ...record });
  }
  const [section] = [...decodeCaptureBatch(encoder.finish(identity))];
  if (section === undefined) throw new Error('no section');
  return new EntryEncoder().encode(section, () => lastSeq);
}

function entriesOf(lines: Buffer) {
  return lines
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => parseEntry(line));
}

test('every record becomes one entry of the standard form in the file of its kind', () => {
  const { files, count } = encode([
    { message: 'plain "quoted" text\nsecond line' },
    { type: 'stderr', message: 'something on stderr' },
    { type: 'http', level: 'warn', message: 'tools/call echo', metadata: '"durationMs":12' },
  ]);
  expect(count).toBe(3);
  expect(files.map(({ file }) => file)).toEqual(['app', 'access', 'error']);
  expect(entriesOf(files[0]?.lines ?? Buffer.alloc(0))).toEqual([
    {
      timestamp: '1970-01-01T00:00:01.000Z',
      level: 'info',
      message: 'plain "quoted" text\nsecond line',
      metadata: {
        seq: makeSeq(2, 1),
        type: 'stdout',
        instanceId: 'everything-1',
        userId: 'ann',
        service: 'everything',
        levelReason: 'default',
      },
    },
  ]);
  expect(entriesOf(files[1]?.lines ?? Buffer.alloc(0))[0]?.metadata.durationMs).toBe(12);
});

test('what a file has already is left out and its numbers are not given again', () => {
  const { files, tail, count } = encode([{ message: 'a' }, { message: 'b' }], makeSeq(2, 1));
  expect(count).toBe(1);
  expect(files[0]).toMatchObject({ firstSeq: makeSeq(2, 2), lastSeq: makeSeq(2, 2), count: 1 });
  expect(entriesOf(tail)[0]?.message).toBe('b');
});

test('the tail holds the entries of all files in the order they were captured', () => {
  const { tail } = encode([
    { type: 'stderr', message: '1' },
    { message: '2' },
    { type: 'stderr', message: '3' },
  ]);
  expect(entriesOf(tail).map((entry) => entry?.message)).toEqual(['1', '2', '3']);
});
