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
    failingSync,
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

export function histories(): History[] {
  return [appending(), fewDescriptors(), settingAside(1), settingAside(3), settingAside(5)];
}
