import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeEntry, makeSeq } from '@mcplog/log-entry';
import { type Disk, type LogTarget, nodeDisk } from '@mcplog/log-store/writer';
import { shardLease, shardOf } from '@mcplog/protocol';
import { eventually, makeTempDir } from '@mcplog/test-kit';
import { expect, onTestFinished, test } from 'vitest';
import { type ParkingOptions, ParkingStore } from './parking-store.ts';

const APP: LogTarget = { kind: 'instance', userId: 'ann', instanceId: 'i1', file: 'app' };
const LEASE = shardLease(shardOf('i1'));
const LINE = lineOf(1);

function lineOf(n: number, message = 'ready'): Buffer {
  const metadata = { seq: makeSeq(1, n), type: 'stdout', instanceId: 'i1', userId: 'ann' } as const;
  const timestamp = '2025-07-13T00:00:00.000Z';
  const entry = { timestamp, level: 'info', message } as const;
  return Buffer.from(`${encodeEntry({ ...entry, metadata: { ...metadata, service: 'one' } })}\n`);
}

function appendTo(store: ParkingStore, ...ns: readonly number[]): void {
  for (const n of ns) {
    const seq = makeSeq(1, n);
    store.append(APP, lineOf(n), { firstSeq: seq, lastSeq: seq, count: 1 });
  }
}

const PATH = 'users/user_ann/mcp_i1/app.log';

function openStore(root: string, options: Partial<ParkingOptions> = {}): ParkingStore {
  const store = new ParkingStore({
    root,
    onFinding: () => undefined,
    onParked: () => undefined,
    onReturned: () => undefined,
    isOurs: () => true,
    flush: async () => undefined,
    returnEveryMs: 5,
    ...options,
  });
  onTestFinished(async () => void (await store.close()));
  return store;
}

/** A store whose log is parked already, because a link stands in its file's place. */
async function parkedStore(options: Partial<ParkingOptions> = {}) {
  const root = await makeTempDir();
  const path = join(root, PATH);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync('/dev/null', path);
  const returned: LogTarget[] = [];
  const onReturned = (target: LogTarget) => void returned.push(target);
  const store = openStore(root, { onReturned, ...options });
  for (let attempt = 0; attempt < 3; attempt++) expect(() => store.lastSeq(APP)).toThrow();
  expect(store.parked).toBe(1);
  const broughtBack = () => eventually(() => store.parked === 0, { intervalMs: 1 });
  return { root, store, path, parkedPath: join(root, 'parked', PATH), returned, broughtBack };
}

test('a log that was parked and got no line meanwhile comes back', async () => {
  const { store, path, returned, broughtBack } = await parkedStore();
  unlinkSync(path);
  await broughtBack();
  expect(await store.commit()).toEqual([]);
  expect(returned).toEqual([APP]);
});

test('what is parked stays for the next holder when the lease goes while it comes back', async () => {
  const { store, path, parkedPath, returned, broughtBack } = await parkedStore();
  appendTo(store, 1);
  unlinkSync(path);
  await broughtBack();
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
  await broughtBack();
  expect(await store.commit()).toEqual([]);
  expect(readFileSync(path)).toEqual(Buffer.concat([1, 2, 3].map((n) => lineOf(n))));
});

test('of a parked file that lacks pages nothing behind them is taken for written', async () => {
  const root = await makeTempDir();
  const path = PATH;
  mkdirSync(dirname(join(root, 'parked', path)), { recursive: true });
  const hole = [Buffer.alloc(8192), Buffer.from('\n')];
  const parked = Buffer.concat([lineOf(1), ...hole, lineOf(30)]);
  writeFileSync(join(root, 'parked', path), parked);
  const store = openStore(root);
  await store.adopt(LEASE);
  await eventually(() => store.parked === 0);
  expect(store.lastSeq(APP)).toBe(makeSeq(1, 1));
  expect(await store.commit()).toEqual([]);
  const [kept = ''] = readdirSync(join(root, 'quarantine/parked', dirname(path)));
  expect(readFileSync(join(root, 'quarantine/parked', dirname(path), kept))).toEqual(parked);
});

test('a log whose return failed takes nothing before it is resumed', async () => {
  const { store, path, broughtBack } = await parkedStore();
  appendTo(store, 1);
  expect(await store.commit()).toEqual([]);
  unlinkSync(path);
  await broughtBack();
  appendTo(store, 2);
  appendFileSync(path, 'somebody else was here');
  expect(await store.commit()).toHaveLength(1);
  expect(() => appendTo(store, 3)).toThrow();
  store.resume(APP);
  expect(store.lastSeq(APP)).toBe(makeSeq(1, 1));
});

test('lines that were not confirmed when their log was parked come again before what follows', async () => {
  const root = await makeTempDir();
  const path = join(root, PATH);
  const isFailing = { write: false, sync: false };
  const fail = () => {
    throw Object.assign(new Error('EIO'), { code: 'EIO' });
  };
  const own = new Set<number>();
  const disk: Disk = {
    ...nodeDisk,
    open: (opened, ...rest) => {
      const fd = nodeDisk.open(opened, ...rest);
      if (opened === path) own.add(fd);
      return fd;
    },
    write: (fd, ...rest) => (isFailing.write && own.has(fd) ? fail() : nodeDisk.write(fd, ...rest)),
    fdatasync: async (fd) => (isFailing.sync && own.has(fd) ? fail() : nodeDisk.fdatasync(fd)),
  };
  const store = openStore(root, { disk, returnEveryMs: 60_000 });
  appendTo(store, 1);
  Object.assign(isFailing, { write: true, sync: true });
  for (let attempt = 0; attempt < 3; attempt++) {
    expect(() => appendTo(store, 2)).toThrow('EIO');
    store.resume(APP);
  }
  // All that is not acknowledged comes again, from the first on.
  const take = (n: number) => store.lastSeq(APP) < makeSeq(1, n) && appendTo(store, n);
  for (const n of [1, 2]) take(n);
  expect(await store.commit()).toHaveLength(1);
  store.resume(APP);
  for (const n of [1, 2, 3]) take(n);
  expect(await store.commit()).toEqual([]);
  expect(readFileSync(join(root, 'parked', PATH))).toEqual(
    Buffer.concat([1, 2, 3].map((n) => lineOf(n))),
  );
});

test('what comes back is confirmed piece by piece, and what comes meanwhile follows it', async () => {
  const long = 'x'.repeat(1_000_000);
  const sizes: number[] = [];
  const known: { store?: ParkingStore; path?: string } = {};
  const { store, path, broughtBack } = await parkedStore({
    flush: async () => {
      if (known.path === undefined) return;
      sizes.push(statSync(known.path).size);
      if (sizes.length === 2) appendTo(store, 12);
      await known.store?.commit();
    },
  });
  for (let n = 1; n <= 11; n++) {
    const seq = makeSeq(1, n);
    store.append(APP, lineOf(n, long), { firstSeq: seq, lastSeq: seq, count: 1 });
  }
  Object.assign(known, { store, path });
  unlinkSync(path);
  await broughtBack();
  const growth = sizes.map((size, at) => size - (sizes[at - 1] ?? 0));
  expect(Math.max(...growth)).toBeLessThanOrEqual(4 * 1024 * 1024);
  const lines = Array.from({ length: 11 }, (_, at) => lineOf(at + 1, long));
  expect(readFileSync(path).equals(Buffer.concat([...lines, lineOf(12)]))).toBe(true);
});

test('a parked file that cannot be removed holds up nothing', async () => {
  const { store, path, parkedPath, returned, broughtBack } = await parkedStore();
  appendTo(store, 1);
  expect(await store.commit()).toEqual([]);
  unlinkSync(path);
  await broughtBack();
  renameSync(parkedPath, `${parkedPath}.away`);
  mkdirSync(join(parkedPath, 'full'), { recursive: true });
  expect(await store.commit()).toEqual([]);
  expect(returned).toEqual([APP]);
});

test('a return whose commit fails is tried again', async () => {
  let tries = 0;
  const { store, path, broughtBack } = await parkedStore({
    flush: async () => {
      if (++tries < 3) throw new Error('no commit now');
    },
  });
  appendTo(store, 1, 2);
  unlinkSync(path);
  await broughtBack();
  await eventually(() => tries >= 3);
  expect(readFileSync(path)).toEqual(Buffer.concat([lineOf(1), lineOf(2)]));
});

test('nothing is brought back through a link', async () => {
  const root = await makeTempDir();
  const foreign = join(root, 'users/user_eve/mcp_i9/app.log');
  const parked = join(root, 'parked', PATH);
  for (const path of [foreign, parked]) mkdirSync(dirname(path), { recursive: true });
  writeFileSync(foreign, lineOf(7));
  symlinkSync(foreign, `${parked}.suspect-20250713T000000000Z`);
  writeFileSync(parked, lineOf(1));
  const store = openStore(root);
  await store.adopt(LEASE);
  await eventually(() => store.problems.join().includes('is a link'));
  expect(store.parked).toBe(1);
  expect(existsSync(join(root, PATH)) && readFileSync(join(root, PATH)).includes('ready')).toBe(
    false,
  );
});

test('a log that failed before its lease went comes back when the lease comes again', async () => {
  const root = await makeTempDir();
  const [path, parked] = [join(root, PATH), join(root, 'parked', PATH)];
  const store = openStore(root);
  appendTo(store, 1);
  appendFileSync(path, 'somebody else was here');
  expect(await store.commit()).toHaveLength(1);
  await store.release(() => true);
  mkdirSync(dirname(parked), { recursive: true });
  writeFileSync(parked, Buffer.concat([lineOf(1), lineOf(2)]));
  await store.adopt(LEASE);
  await eventually(() => store.parked === 0);
  expect(await store.commit()).toEqual([]);
  expect(readFileSync(path)).toEqual(Buffer.concat([lineOf(1), lineOf(2)]));
});
