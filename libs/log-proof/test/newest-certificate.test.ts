/** A certificate that no checkpoint names yet is missed all the same, and called by its name. */
import { expect, it } from 'vitest';
import { verifyStore } from '../src/index.ts';
import { DATA, instanceTarget, LOGS, StoreMaker } from './store-maker.ts';

const NEWEST = '2025-07-14';

/** Written to after midnight, before the day's first checkpoint. */
async function afterMidnight(): Promise<StoreMaker> {
  const maker = new StoreMaker();
  await maker.createInstance('u1', 'i1');
  await maker.write(instanceTarget('i1'), 5);
  await maker.endDay();
  await maker.write(instanceTarget('i1'), 5);
  return maker;
}

async function foundIn({ disk }: StoreMaker): Promise<{ found: string[]; unchecked: number }> {
  const verification = verifyStore({ logs: LOGS, data: DATA, disk });
  const found: string[] = [];
  for await (const { kind, file } of verification) found.push(`${kind} ${file}`);
  return { found, unchecked: verification.counts.uncheckedSignatures };
}

const WRITER = `${DATA}/integrity/log-writer`;

it('it is missed because its key is there and no key before it', async () => {
  const maker = await afterMidnight();
  expect((await foundIn(maker)).found).toEqual([]);
  maker.disk.damage(`${WRITER}/certificates/${NEWEST}.json`, undefined);
  const { found, unchecked } = await foundIn(maker);
  expect(found).toEqual([`certificate-missing integrity/log-writer/certificates/${NEWEST}.json`]);
  expect(unchecked).toBe(1);
});

it('a change of keys that was interrupted before the certificate is no finding', async () => {
  const maker = await afterMidnight();
  const key = maker.disk.contents().get(`${WRITER}/key.${NEWEST}`);
  maker.disk.damage(`${WRITER}/key.2025-07-15`, key);
  expect((await foundIn(maker)).found).toEqual([]);
});
