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
  const nothing = Buffer.alloc(0);
  const empty = { stdout: nothing, stderr: nothing, stdoutMidLine: false, records: [] };
  expect(session.held()).toEqual(empty);
});

test('the beginning of a protocol message is not held, only that there was one', () => {
  const { session } = openSession();
  session.serverStdout(Buffer.from(' {"jsonrpc":"2.0","id":1,"result":{"secret'));
  expect(session.held()).toMatchObject({ stdout: Buffer.alloc(0), stdoutMidLine: true });
  session.serverStdout(Buffer.from('"}}\n'));
  expect(session.held().stdoutMidLine).toBe(false);
});

test('the beginning of a text line among protocol messages is held', () => {
  const { session } = openSession();
  session.serverStdout(Buffer.from('{"jsonrpc":"2.0","method":"x"}\nstarting u'));
  const held = { stdout: Buffer.from('starting u'), stdoutMidLine: false };
  expect(session.held()).toMatchObject(held);
});

test('a progress bar goes on from what was held of it', () => {
  const { session } = openSession();
  session.serverStderr(Buffer.from('10%\r'));
  const second = openSession();
  second.session.serverStderr(session.held().stderr);
  second.session.serverStderr(Buffer.from('20%\n'));
  second.session.end({});
  expect(second.records.map(({ message }) => message)).toEqual(['20%']);
});
