import { describe, expect, it } from 'vitest';
import { type Finding, verifyStore } from '../src/index.ts';
import { DATA, instanceTarget, LOGS, StoreMaker } from './store-maker.ts';

async function findingsOf(maker: StoreMaker): Promise<Finding[]> {
  const findings: Finding[] = [];
  const verification = verifyStore({ logs: LOGS, data: DATA, disk: maker.disk });
  for await (const finding of verification) findings.push(finding);
  return findings;
}

describe('a clean store', () => {
  it('gives no finding at any moment of three days', async () => {
    const maker = new StoreMaker();
    await maker.createInstance('u1', 'i1');
    const app = instanceTarget('i1');
    expect(await findingsOf(maker)).toEqual([]);
    for (let day = 0; day < 3; day++) {
      await maker.write(app, 40);
      await maker.write({ kind: 'system', category: 'audit' }, 3);
      maker.checkpoint();
      expect(await findingsOf(maker)).toEqual([]);
      await maker.rotate(app);
      expect(await findingsOf(maker)).toEqual([]);
      await maker.write(app, 5);
      await maker.seal();
      expect(await findingsOf(maker)).toEqual([]);
      await maker.endDay();
      expect(await findingsOf(maker)).toEqual([]);
    }
    const verification = verifyStore({ logs: LOGS, data: DATA, disk: maker.disk, isDeep: true });
    for await (const finding of verification) throw new Error(finding.message);
    expect(verification.counts).toMatchObject({
      directories: 2,
      segments: 3,
      seals: 3,
      manifests: 6,
      findings: 0,
      unsignedBytes: 0,
      uncheckedSignatures: 0,
    });
  });
});
