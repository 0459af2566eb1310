import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ShardSpool, type SpooledMessage, type SpoolOptions } from './shard-spool.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mcplog-spool-'));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

function open(options: Partial<SpoolOptions> = {}): ShardSpool {
  return new ShardSpool({ dir, fsync: false, ...options });
}

function segmentFiles(): string[] {
  const names = readdirSync(dir).filter((name) => name.endsWith('.spool'));
  return names.toSorted().map((name) => join(dir, name));
}

function drain(spool: ShardSpool, bytesMax = 1): string[] {
  const texts: string[] = [];
  for (let message = spool.next(bytesMax); message !== undefined; message = spool.next(bytesMax)) {
    texts.push(message.payload.toString());
    spool.acknowledge(message);
  }
  return texts;
}

test('what was appended comes out in order, several frames to a message', () => {
  const spool = open();
  for (const text of ['aa', 'bb', 'cc']) spool.append(Buffer.from(text));
  expect(spool.next(4)?.payload.toString()).toBe('aabb');
  expect(drain(spool, 4)).toEqual(['aabb', 'cc']);
  expect(spool.waitingBytes).toBe(0);
});

test('a message that was not acknowledged is the same message after a crash', () => {
  const before = open();
  for (const text of ['aa', 'bb', 'cc']) before.append(Buffer.from(text));
  const sent = before.next(4) as SpooledMessage;
  const after = open();
  after.append(Buffer.from('dd'));
  expect(after.next(1024)).toEqual(sent);
  after.acknowledge(sent);
  expect(drain(after)).toEqual(['cc', 'dd']);
});

test('what was acknowledged does not come again after a restart', () => {
  const before = open();
  before.append(Buffer.from('aa'));
  before.append(Buffer.from('bb'));
  before.acknowledge(before.next(1) as SpooledMessage);
  expect(drain(open())).toEqual(['bb']);
});

test('a torn end is left out and told, and every earlier frame is kept', () => {
  const before = open();
  before.append(Buffer.from('first'));
  before.append(Buffer.from('second'));
  const [file] = segmentFiles() as [string];
  truncateSync(file, statSync(file).size - 3);
  const torn: number[] = [];
  const after = open({ onTorn: ({ bytes }) => torn.push(bytes) });
  after.append(Buffer.from('third'));
  expect(drain(after)).toEqual(['first', 'third']);
  expect(torn).toEqual(['second'.length + 8 - 3]);
});

test('a position file that is damaged makes everything come again', () => {
  const before = open();
  before.append(Buffer.from('aa'));
  before.append(Buffer.from('bb'));
  before.acknowledge(before.next(1) as SpooledMessage);
  truncateSync(join(dir, 'position'), 5);
  expect(drain(open())).toEqual(['aa', 'bb']);
});

test('a foreign file in the folder is left alone, an empty segment is passed over', () => {
  open().append(Buffer.from('aa'));
  appendFileSync(join(dir, 'notes.txt'), 'mine');
  appendFileSync(join(dir, '000000000099.spool'), '');
  expect(drain(open())).toEqual(['aa']);
  expect(readdirSync(dir)).toContain('notes.txt');
});

test('segments are deleted as they are drained', () => {
  const spool = open({ segmentBytesMax: 64, drainedBytesMax: 64 });
  for (let i = 0; i < 20; i++) spool.append(Buffer.alloc(30, 65 + i));
  expect(segmentFiles().length).toBeGreaterThan(5);
  expect(drain(spool)).toHaveLength(20);
  expect(segmentFiles().length).toBeLessThanOrEqual(1);
  expect(spool.fileBytes).toBeLessThan(128);
});

test('whatever is appended, acknowledged and restarted, nothing is lost and order holds', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('append' as const), bytes: fc.nat(60) }),
    fc.record({ do: fc.constant('publish' as const), bytes: fc.integer({ min: 1, max: 200 }) }),
    fc.record({ do: fc.constant('send' as const), bytes: fc.integer({ min: 1, max: 200 }) }),
    fc.record({ do: fc.constant('restart' as const), bytes: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      rmSync(dir, { recursive: true, force: true });
      const limits = { segmentBytesMax: 128, drainedBytesMax: 64 };
      let spool = open(limits);
      let appended = '';
      let stored = '';
      let k = 0;
      for (const { do: what, bytes } of steps) {
        if (what === 'append') {
          const text = `${k++};`.padEnd(bytes, '.');
          spool.append(Buffer.from(text));
          appended += text;
        } else if (what === 'restart') {
          spool.close();
          spool = open(limits);
        } else {
          const message = spool.next(bytes);
          if (message === undefined || what === 'send') continue;
          stored += message.payload.toString();
          spool.acknowledge(message);
        }
      }
      stored += drain(spool, 100).join('');
      spool.close();
      expect(stored).toBe(appended);
    }),
  );
});

test('frames that are made void before anything is sent never come out, also after a crash', () => {
  const before = open({ segmentBytesMax: 60 });
  for (const text of ['aa', 'b1', 'cc', 'b2', 'b3', 'dd', 'b4']) before.append(Buffer.from(text));
  const after = open({ segmentBytesMax: 60 });
  after.voidFrames((payload) => payload.toString().startsWith('b'));
  after.append(Buffer.from('b5'));
  const sent = after.next(4) as SpooledMessage;
  expect(sent.payload.toString()).toBe('aacc');
  const again = open({ segmentBytesMax: 60 });
  again.voidFrames((payload) => payload.toString() === 'b1');
  expect(again.next(4)).toEqual(sent);
  expect(drain(again)).toEqual(['aacc', 'dd', 'b5']);
  expect(again.waitingBytes).toBe(0);
});
