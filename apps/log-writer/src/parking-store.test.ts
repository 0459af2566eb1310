import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeEntry, makeSeq } from '@mcplog/log-entry';
import type { LogTarget } from '@mcplog/log-store/writer';
import { shardLease, shardOf } from '@mcplog/protocol';
import { makeTempDir } from '@mcplog/test-kit';
import { expect, onTestFinished, test } from 'vitest';
import { ParkingStore } from './parking-store.ts';

const APP: LogTarget = { kind: 'instance', userId: 'ann', instanceId: 'i1', file: 'app' };
const LINE = lineOf(1);

function lineOf(n: number): Buffer {
  const metadata = { seq: makeSeq(1, n), type: 'stdout', instanceId: 'i1', userId: 'ann' } as const;
  const timestamp = '2025-07-13T00:00:00.000Z';
  const entry = { timestamp, level: 'info', message: 'ready' } as const;
  return Buffer.from(`${encodeEntry({ ...entry, metadata: { ...metadata, service: 'one' } })}\n`);
}

function appendTo(store: ParkingStore, ...ns: readonly number[]): void {
  for (const n of ns) {
    const seq = makeSeq(1, n);
    store.append(APP, lineOf(n), { firstSeq: seq, lastSeq: seq, count: 1 });
  }
}

/** A store whose log is parked already, because a link stands in its file's place. */
async function parkedStore() {
  const root = await makeTempDir();
  const path = join(root, 'users/user_ann/mcp_i1/app.log');
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync('/dev/null', path);
  const returned: LogTarget[] = [];
  const broughtBack = Promise.withResolvers<void>();
  const store = new ParkingStore({
    root,
    onFinding: () => undefined,
    onParked: () => undefined,
    onReturned: (target) => returned.push(target),
    isOurs: () => true,
    flush: async () => broughtBack.resolve(),
    returnEveryMs: 5,
  });
  onTestFinished(() => store.close());
  for (let attempt = 0; attempt < 3; attempt++) expect(() => store.lastSeq(APP)).toThrow();
  expect(store.parked).toBe(1);
  const parkedPath = join(root, 'parked/users/user_ann/mcp_i1/app.log');
  return { store, path, parkedPath, returned, broughtBack: broughtBack.promise };
}

test('a log that was parked and got no line meanwhile comes back', async () => {
  const { store, path, returned, broughtBack } = await parkedStore();
  unlinkSync(path);
  await broughtBack;
  expect(await store.commit()).toEqual([]);
  expect(returned).toEqual([APP]);
});

test('what is parked stays for the next holder when the lease goes while it comes back', async () => {
  const { store, path, parkedPath, returned, broughtBack } = await parkedStore();
  appendTo(store, 1);
  unlinkSync(path);
  await broughtBack;
  await store.release(() => true);
  expect(await store.commit()).toEqual([]);
  expect(readFileSync(path)).toEqual(LINE);
  expect(existsSync(parkedPath)).toBe(true);
  expect(returned).toEqual([]);
});

test('what was parked and confirmed comes back also when its parked file was set aside', async () => {
  const { store, path, parkedPath, broughtBack } = await parkedStore();
  appendTo(store, 1);
  expect(await store.commit()).toEqual([]);
  appendTo(store, 2);
  appendFileSync(parkedPath, 'somebody else was here');
  expect(await store.commit()).toHaveLength(1);
  store.resume(APP);
  expect(store.lastSeq(APP)).toBe(makeSeq(1, 1));
  appendTo(store, 2, 3);
  unlinkSync(path);
  await broughtBack;
  expect(await store.commit()).toEqual([]);
  expect(readFileSync(path)).toEqual(Buffer.concat([1, 2, 3].map(lineOf)));
});

test('of a parked file that lacks pages nothing behind them is taken for written', async () => {
  const root = await makeTempDir();
  const path = 'users/user_ann/mcp_i1/app.log';
  mkdirSync(dirname(join(root, 'parked', path)), { recursive: true });
  writeFileSync(
    join(root, 'parked', path),
    Buffer.concat([lineOf(1), Buffer.alloc(8192), Buffer.from('\n'), lineOf(30)]),
  );
  const store = new ParkingStore({
    root,
    onFinding: () => undefined,
    onParked: () => undefined,
    onReturned: () => undefined,
    isOurs: () => true,
    flush: async () => undefined,
  });
  onTestFinished(() => store.close());
  await store.adopt(shardLease(shardOf('i1')));
  expect(store.lastSeq(APP)).toBe(makeSeq(1, 1));
});

test('a log whose return failed takes nothing before it is resumed', async () => {
  const { store, path, broughtBack } = await parkedStore();
  appendTo(store, 1);
  expect(await store.commit()).toEqual([]);
  unlinkSync(path);
  await broughtBack;
  appendTo(store, 2);
  appendFileSync(path, 'somebody else was here');
  expect(await store.commit()).toHaveLength(1);
  expect(() => appendTo(store, 3)).toThrow();
  store.resume(APP);
  expect(store.lastSeq(APP)).toBe(makeSeq(1, 1));
});
