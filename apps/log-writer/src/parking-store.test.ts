import { existsSync, mkdirSync, readFileSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeEntry, makeSeq } from '@mcplog/log-entry';
import type { LogTarget } from '@mcplog/log-store/writer';
import { makeTempDir } from '@mcplog/test-kit';
import { expect, onTestFinished, test } from 'vitest';
import { ParkingStore } from './parking-store.ts';

const APP: LogTarget = { kind: 'instance', userId: 'ann', instanceId: 'i1', file: 'app' };
const SEQ = makeSeq(1, 1);
const LINE = Buffer.from(
  `${encodeEntry({
    timestamp: '2025-07-13T00:00:00.000Z',
    level: 'info',
    message: 'ready',
    metadata: { seq: SEQ, type: 'stdout', instanceId: 'i1', userId: 'ann', service: 'one' },
  })}\n`,
);

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
  store.append(APP, LINE, { firstSeq: SEQ, lastSeq: SEQ, count: 1 });
  unlinkSync(path);
  await broughtBack;
  await store.release(() => true);
  expect(await store.commit()).toEqual([]);
  expect(readFileSync(path)).toEqual(LINE);
  expect(existsSync(parkedPath)).toBe(true);
  expect(returned).toEqual([]);
});
