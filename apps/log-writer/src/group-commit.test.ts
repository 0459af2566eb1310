import type { CommitFailure, LogTarget } from '@mcplog/log-store/writer';
import { expect, test } from 'vitest';
import { GroupCommit, targetKey } from './group-commit.ts';

const FIRST = instanceFile('one');
const SECOND = instanceFile('two');
const OTHER: LogTarget = { kind: 'system', category: 'audit' };

function instanceFile(instanceId: string): LogTarget {
  return { kind: 'instance', userId: 'u', instanceId, file: 'app' };
}

/** A disk on which the next commit fails for these files. */
function makeCommits() {
  const failing: LogTarget[] = [];
  const acknowledged: string[] = [];
  const failures: string[] = [];
  const commits = new GroupCommit({
    commit: async () => failing.splice(0).map(failureOf),
    intervalMs: 60_000,
    bytesMax: 1_000_000,
    laneOf: ({ kind }) => kind,
    onFailure: (found) => failures.push(...found.map(({ target }) => targetKey(target))),
  });
  const add = (name: string, ...targets: LogTarget[]) =>
    commits.add({ bytes: 1, targets, onDurable: () => acknowledged.push(name) });
  return { commits, failing, acknowledged, failures, add };
}

function failureOf(target: LogTarget): CommitFailure {
  return { target, error: new Error('EIO'), lastSeq: 0 };
}

test('a message behind one that waits is not acknowledged, though its own file is on disk', async () => {
  const { commits, failing, acknowledged, failures, add } = makeCommits();
  await add('before', FIRST);
  await add('waits', FIRST, SECOND);
  await add('behind', FIRST);
  await add('elsewhere', OTHER);
  failing.push(SECOND);
  await commits.flush();
  expect(acknowledged).toEqual(['before', 'elsewhere']);
  expect(failures).toEqual([targetKey(SECOND)]);
});

test('after a failure nothing of the lane is acknowledged until it begins again', async () => {
  const { commits, failing, acknowledged, add } = makeCommits();
  await add('waits', FIRST);
  failing.push(FIRST);
  await commits.flush();
  await add('still of the old delivery', SECOND);
  await commits.flush();
  commits.beginAgain('instance');
  await add('waits', FIRST);
  await add('still of the old delivery', SECOND);
  await commits.flush();
  expect(acknowledged).toEqual(['waits', 'still of the old delivery']);
});

test('what was added while the failing sync ran is left to come again', async () => {
  const { commits, failing, acknowledged, add } = makeCommits();
  await add('waits', FIRST);
  failing.push(FIRST);
  const flushed = commits.flush();
  await add('meanwhile', SECOND);
  await flushed;
  commits.beginAgain('instance');
  await commits.flush();
  expect(acknowledged).toEqual([]);
});
