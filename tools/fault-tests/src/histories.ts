/** The histories whose every operation gets a power cut and a failure. */
import { AUDIT, type History, instanceFile, Numbers, type Part, type Step } from './history.ts';

const ONE = instanceFile('one');
const ONE_ERROR = instanceFile('one', 'error');
const TWO = instanceFile('two');

function appending(): History {
  const numbers = new Numbers();
  const deliver = (...parts: readonly Part[]): Step => {
    return { do: 'deliver', batch: numbers.batch(...parts) };
  };
  return {
    name: 'append, commit and recover',
    steps: [
      { do: 'create', ids: { userId: 'alice', instanceId: 'one' } },
      deliver([ONE, 2], [ONE_ERROR, 1], [ONE, 1]),
      { do: 'commit' },
      deliver([TWO, 2], [AUDIT, 1]),
      deliver([ONE, 1], [TWO, 1]),
      { do: 'commit while', batch: numbers.batch([ONE, 2], [AUDIT, 2]) },
      { do: 'kill' },
      deliver([TWO, 3], [ONE_ERROR, 1]),
      { do: 'kill' },
      deliver([ONE, 1]),
      { do: 'reopen' },
      deliver([ONE, 2], [TWO, 1]),
      { do: 'commit' },
      deliver([AUDIT, 1]),
    ],
  };
}

function fewDescriptors(): History {
  const numbers = new Numbers();
  const targets = ['one', 'two', 'three', 'four'].map((id) => instanceFile(id));
  const round = (): Step[] => [
    ...targets.map((target): Step => ({ do: 'deliver', batch: numbers.batch([target, 1]) })),
    { do: 'commit' },
  ];
  return {
    name: 'more logs than descriptors',
    filesMax: 2,
    steps: [...round(), ...round(), ...round()],
  };
}

function settingAside(failingSync: number): History {
  const numbers = new Numbers();
  const deliver = (...parts: readonly Part[]): Step => {
    return { do: 'deliver', batch: numbers.batch(...parts) };
  };
  return {
    name: `set aside at sync ${failingSync}`,
    failingSyncs: [failingSync],
    steps: [
      deliver([ONE, 2], [TWO, 1]),
      { do: 'commit' },
      deliver([ONE, 2], [ONE_ERROR, 1]),
      { do: 'commit while', batch: numbers.batch([ONE, 1], [TWO, 1]) },
      deliver([ONE, 1]),
      { do: 'commit' },
      { do: 'kill' },
      deliver([ONE, 1], [TWO, 1]),
      { do: 'commit' },
    ],
  };
}

/**
 * A message of two logs waits for one of them while a later one of the other log is on disk; then
 * that log is set aside as well. Acknowledged out of order, the later one would be lost.
 */
function waiting(): History {
  const numbers = new Numbers();
  const deliver = (...parts: readonly Part[]): Step => {
    return { do: 'deliver', batch: numbers.batch(...parts) };
  };
  return {
    name: 'a later message overtakes one that waits',
    failingSyncs: [2, 3],
    steps: [
      deliver([ONE, 2], [TWO, 1]),
      deliver([ONE, 1]),
      { do: 'commit' },
      deliver([ONE, 2]),
      { do: 'commit' },
      { do: 'kill' },
      deliver([ONE, 1], [TWO, 1]),
      { do: 'commit' },
    ],
  };
}

function rotating(): History {
  const numbers = new Numbers();
  const deliver = (...parts: readonly Part[]): Step => {
    return { do: 'deliver', batch: numbers.batch(...parts) };
  };
  const nextDay = (...parts: readonly Part[]): Step => {
    numbers.day++;
    return deliver(...parts);
  };
  return {
    name: 'rotate',
    steps: [
      deliver([ONE, 3], [ONE_ERROR, 1]),
      { do: 'commit' },
      { do: 'rotate', target: ONE },
      deliver([ONE, 2]),
      // Not committed before: rotating must see to that.
      { do: 'rotate', target: ONE },
      { do: 'commit' },
      deliver([ONE, 1], [AUDIT, 1]),
      { do: 'rotate while', target: ONE, batch: numbers.batch([ONE, 2], [ONE_ERROR, 1]) },
      { do: 'commit' },
      { do: 'rotate', target: ONE },
      { do: 'kill' },
      nextDay([ONE, 1], [ONE_ERROR, 1]),
      { do: 'rotate', target: AUDIT },
      { do: 'commit' },
      { do: 'rotate', target: ONE },
      { do: 'reopen' },
      deliver([AUDIT, 1], [ONE_ERROR, 1]),
      { do: 'rotate', target: ONE_ERROR },
      { do: 'commit' },
    ],
  };
}

function sealing(failingSync?: number): History {
  const numbers = new Numbers();
  const deliver = (...parts: readonly Part[]): Step => {
    return { do: 'deliver', batch: numbers.batch(...parts) };
  };
  return {
    name: failingSync === undefined ? 'seal' : `seal, with sync ${failingSync} failing`,
    ...(failingSync === undefined ? {} : { failingSyncs: [failingSync] }),
    steps: [
      deliver([ONE, 7], [AUDIT, 1]),
      { do: 'commit' },
      { do: 'rotate', target: ONE },
      { do: 'seal' },
      deliver([ONE, 1]),
      { do: 'rotate', target: ONE },
      deliver([ONE, 2]),
      { do: 'rotate', target: ONE },
      { do: 'seal while', batch: numbers.batch([ONE, 2], [AUDIT, 1]) },
      { do: 'kill' },
      { do: 'rotate', target: AUDIT },
      deliver([AUDIT, 1], [ONE, 1]),
      { do: 'rotate', target: ONE },
      { do: 'seal' },
      { do: 'commit' },
    ],
  };
}

export function histories(): History[] {
  return [
    appending(),
    fewDescriptors(),
    ...[1, 3, 5].map(settingAside),
    waiting(),
    rotating(),
    sealing(),
    sealing(2),
    sealing(6),
  ];
}
