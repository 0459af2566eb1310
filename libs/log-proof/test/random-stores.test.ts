/** Whatever a store went through, it gives no finding as it is, and one when a byte is changed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Finding, verifyStore } from '../src/index.ts';
import { DATA, instanceTarget, LOGS, StoreMaker } from './store-maker.ts';

const STORES = 250;

type Step =
  | { readonly do: 'write'; readonly instance: string; readonly lines: number }
  | { readonly do: 'rotate'; readonly instance: string }
  | { readonly do: 'seal' }
  | { readonly do: 'end day'; readonly days: number }
  | { readonly do: 'checkpoint' }
  | { readonly do: 'audit' }
  | { readonly do: 'restart' }
  | { readonly do: 'clock back'; readonly hours: number };

const instance = fc.constantFrom('i1', 'i2', 'i3');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      instance,
      lines: fc.integer({ min: 1, max: 40 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rotate' as const), instance }) },
  { weight: 2, arbitrary: fc.constant({ do: 'seal' } as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('end day' as const),
      days: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'checkpoint' } as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'audit' } as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' } as const) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('clock back' as const),
      hours: fc.integer({ min: 1, max: 40 }),
    }),
  },
);

async function make(steps: readonly Step[]): Promise<StoreMaker> {
  const maker = new StoreMaker();
  for (const id of ['i1', 'i2', 'i3']) await maker.createInstance('u1', id);
  for (const now of steps) {
    switch (now.do) {
      case 'write':
        await maker.write(instanceTarget(now.instance), now.lines);
        break;
      case 'rotate':
        await maker.rotate(instanceTarget(now.instance));
        break;
      case 'seal':
        await maker.seal();
        break;
      case 'end day':
        await maker.endDay(now.days);
        break;
      case 'checkpoint':
        maker.checkpoint();
        break;
      case 'audit':
        await maker.write({ kind: 'system', category: 'audit' }, 2);
        break;
      case 'restart':
        maker.restart();
        break;
      case 'clock back':
        maker.nowMs -= now.hours * 3_600_000;
        break;
    }
  }
  return maker;
}

async function findingsOf(disk: StoreMaker['disk']): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of verifyStore({ logs: LOGS, data: DATA, disk })) findings.push(finding);
  return findings;
}

describe('random stores', () => {
  it(`${STORES} of them give no finding`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { disk } = await make(steps);
        expect(await findingsOf(disk)).toEqual([]);
      }),
      { numRuns: STORES },
    );
  });
});

describe('a store with one thing wrong', () => {
  /** Everything that was signed is behind a checkpoint, and the anchor is known. */
  const steps: Step[] = [
    { do: 'write', instance: 'i1', lines: 40 },
    { do: 'rotate', instance: 'i1' },
    { do: 'seal' },
    { do: 'end day', days: 1 },
    { do: 'write', instance: 'i1', lines: 20 },
    { do: 'write', instance: 'i2', lines: 5 },
    { do: 'rotate', instance: 'i1' },
    { do: 'seal' },
    { do: 'write', instance: 'i1', lines: 4 },
  ];

  it('is found at every byte of every file that matters, and never more than four findings', async () => {
    const maker = await make(steps);
    const anchors = [maker.checkpoint()];
    const files = [...maker.disk.contents()].filter(
      ([path, content]) =>
        content.length > 0 && !path.includes('/key.') && !path.startsWith('/logs/certificates/'),
    );
    const places = files.flatMap(([path, content]) => {
      const stride = Math.max(1, Math.floor(content.length / 60));
      return Array.from({ length: Math.ceil(content.length / stride) }, (_, at) => ({
        path,
        at: at * stride,
      }));
    });
    const missed: string[] = [];
    for (const { path, at } of places) {
      const disk = maker.disk.afterPowerCut({ kind: 'everything' });
      const content = Buffer.from(disk.contents().get(path) ?? []);
      content[at] = (content[at] ?? 0) ^ 0x04;
      disk.damage(path, content);
      const findings: Finding[] = [];
      for await (const finding of verifyStore({ logs: LOGS, data: DATA, disk, anchors })) {
        findings.push(finding);
      }
      if (findings.length === 0) missed.push(`${path} at ${at}`);
      const tooMany =
        findings.length > 4 ? findings.map(({ kind, file }) => `${kind} ${file}`) : [];
      expect(tooMany, `${path} at ${at}`).toEqual([]);
    }
    expect(missed).toEqual([]);
    expect(places.length).toBeGreaterThan(500);
  });

  it('is found wherever a file is cut or removed', async () => {
    const maker = await make(steps);
    const anchors = [maker.checkpoint()];
    const missed: string[] = [];
    for (const [path, content] of maker.disk.contents()) {
      if (content.length === 0 || path.includes('/key.') || path.startsWith('/logs/certificates/'))
        continue;
      for (const kept of [undefined, 0, 1, content.length >> 1, content.length - 1]) {
        const disk = maker.disk.afterPowerCut({ kind: 'everything' });
        disk.damage(path, kept === undefined ? undefined : content.subarray(0, kept));
        let found = 0;
        const options = { logs: LOGS, data: DATA, disk, anchors };
        for await (const _finding of verifyStore(options)) found++;
        if (found === 0) missed.push(`${path} cut to ${kept}`);
      }
    }
    expect(missed).toEqual([]);
  });
});
