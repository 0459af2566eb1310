/** A power cut at every step of signing: afterwards everything goes on, and nothing is found. */
import { MemoryDisk, type Survival } from '@mcplog/test-kit';
import { expect, it } from 'vitest';
import { openProofKeeper, verifyStore } from '../src/index.ts';
import { DATA, DAY_MS, instanceTarget, LOGS, StoreMaker } from './store-maker.ts';

const SURVIVALS: readonly Survival[] = [
  { kind: 'nothing' },
  { kind: 'everything' },
  { kind: 'names' },
  { kind: 'prefix', seed: 1 },
  { kind: 'holes', seed: 2, pageBytes: 512 },
];

/** A day with a seal, its end, and a deletion on the next one. */
async function work(maker: StoreMaker): Promise<void> {
  await maker.createInstance('u1', 'i1');
  await maker.write(instanceTarget('i1'), 8);
  await maker.rotate(instanceTarget('i1'));
  await maker.seal();
  maker.checkpoint();
  await maker.endDay();
  maker.keeper.authoriseDeletion({
    directory: 'users/user_u1/mcp_i1',
    reason: 'retention',
    by: 'rule-1',
    files: [{ name: 'app.log.2025-07-01.gz', seal: null }],
  });
  maker.checkpoint();
}

it('at no step does one break a chain, lose a key or make a finding', async () => {
  const whole = new StoreMaker();
  await work(whole);
  const { operations } = whole.disk;
  const first = operations.findIndex(({ path }) => path.includes('/.index/'));
  const cuts: number[] = [];
  for (let operation = first + 1; operation <= operations.length; operation++) cuts.push(operation);
  let states = 0;
  for (const operation of cuts) {
    const disk = new MemoryDisk({ powerCut: { operation, when: 'after' } });
    const maker = new StoreMaker(disk);
    await work(maker).catch(() => undefined);
    for (const survival of SURVIVALS) {
      const after = disk.afterPowerCut(survival);
      const place = `cut after ${operation} (${operations[operation - 1]?.call} ${operations[operation - 1]?.path}), ${survival.kind}`;
      await goOn(after, place);
      states++;
    }
  }
  expect(states).toBeGreaterThan(300);
});

async function goOn(disk: MemoryDisk, place: string): Promise<void> {
  const maker = new StoreMaker(disk);
  expect(maker.keeper.signer.problems, place).toEqual([]);
  await maker.seal();
  maker.nowMs += 3 * DAY_MS;
  await maker.keeper.closeDay();
  maker.checkpoint();
  const kinds: string[] = [];
  for await (const { kind, file, message } of verifyStore({ logs: LOGS, data: DATA, disk })) {
    kinds.push(`${kind} ${file} ${message}`);
  }
  expect(kinds, place).toEqual([]);
  const keys = [...disk.contents().keys()].filter((path) => path.includes('/key.'));
  expect(keys.length, place).toBe(2);
}

it('a full disk while a day is closed leaves it to be closed later', async () => {
  const maker = new StoreMaker();
  await maker.createInstance('u1', 'i1');
  await maker.write(instanceTarget('i1'), 8);
  await maker.rotate(instanceTarget('i1'));
  await maker.seal();
  const disk = maker.disk.afterPowerCut({ kind: 'everything' }, { roomBytes: 300 });
  const now = () => maker.nowMs + DAY_MS;
  const keeper = openProofKeeper({ logs: LOGS, data: DATA, disk, now });
  await expect(keeper.closeDay()).rejects.toThrow('ENOSPC');
  disk.liftFaults();
  expect(await keeper.closeDay()).toMatchObject({ failures: [] });
  for await (const { kind, file } of verifyStore({ logs: LOGS, data: DATA, disk })) {
    throw new Error(`${kind} ${file}`);
  }
});
