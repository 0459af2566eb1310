import { expect, test } from 'vitest';
import { type CapturedRecord, createCaptureSession } from './index.ts';

function openSession() {
  const records: CapturedRecord[] = [];
  const session = createCaptureSession({ mask: (text) => text, emit: (one) => records.push(one) });
  return { session, records };
}

test('what was read and not emitted is held, and a second session makes the same records of it', () => {
  const whole = Buffer.from(
    'first\nTraceback (most recent call last):\n  File "a.py", line 1\nValueErr',
  );
  const { session, records } = openSession();
  session.serverStderr(whole);
  const held = session.held();
  const second = openSession();
  second.session.serverStderr(held.stderr);
  second.session.serverStderr(Buffer.from('or: no\n'));
  second.session.end({});
  expect([...records, ...second.records].map(({ message }) => message)).toEqual([
    'first',
    'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: no',
  ]);
});

test('nothing is held once the session has ended', () => {
  const { session } = openSession();
  session.serverStderr(Buffer.from('a line'));
  session.end({});
  expect(session.held()).toEqual({ stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), records: [] });
});

test('the beginning of a protocol message is not held', () => {
  const { session } = openSession();
  session.serverStdout(Buffer.from('{"jsonrpc":"2.0","id":1,"result":{"secret'));
  expect(session.held().stdout.length).toBe(0);
});
