import { expect, test } from 'vitest';
import { type CapturedRecord, createCaptureSession } from './index.ts';

test('what a stream prints is masked in its order, apart from the other stream', () => {
  const seen: string[] = [];
  const records: CapturedRecord[] = [];
  const session = createCaptureSession({
    mask: (text) => text,
    maskText: (stream, text) => {
      seen.push(`${stream} ${text}`);
      return `masked ${text}`;
    },
    emit: (record) => records.push(record),
    stdout: 'text',
  });
  session.serverStderr(Buffer.from('one\ntwo\n'));
  session.serverStdout(Buffer.from('three\n'));
  session.end({});
  expect(seen.filter((text) => text.startsWith('stderr'))).toEqual(['stderr one', 'stderr two']);
  expect(seen).toContain('stdout three');
  const messages = records.map(({ message }) => message);
  expect(messages).toEqual(expect.arrayContaining(['masked one', 'masked two', 'masked three']));
});
