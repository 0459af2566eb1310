import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { topFunctions } from './cpu-profile.ts';

function node(id: number, functionName: string, url: string) {
  return { id, callFrame: { functionName, url, lineNumber: 9 } };
}

const ours = pathToFileURL(`${import.meta.dirname}/cpu-profile.ts`).href;

test('self time is summed by function, idle time left out', () => {
  const profile = {
    nodes: [
      node(1, '(idle)', ''),
      node(2, 'mask', ours),
      node(3, 'mask', ours),
      node(4, '', 'node:internal/fs'),
      node(5, 'run', 'file:///somewhere/node_modules/pkg/lib/a.js'),
    ],
    samples: [1, 2, 3, 4, 5],
    timeDeltas: [9_000, 1_000, 2_000, 750, 250],
  };
  expect(topFunctions(profile, 3)).toEqual([
    { name: 'mask', where: 'tools/bench/src/ingest/cpu-profile.ts:10', ms: 3, share: 0.75 },
    { name: '(anonymous)', where: 'node:internal/fs', ms: 0.75, share: 0.1875 },
    { name: 'run', where: 'pkg/lib/a.js', ms: 0.25, share: 0.0625 },
  ]);
});

test('native code without a name goes by the function that called it', () => {
  const profile = {
    nodes: [{ ...node(1, 'parseLine', ours), children: [2] }, node(2, '', '')],
    samples: [2],
    timeDeltas: [1_000],
  };
  expect(topFunctions(profile, 1)).toMatchObject([
    {
      name: 'native code in parseLine',
      where: 'tools/bench/src/ingest/cpu-profile.ts:10',
      share: 1,
    },
  ]);
});
