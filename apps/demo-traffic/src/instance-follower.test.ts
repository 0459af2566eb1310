import { expect, it } from 'vitest';
import { followInstances } from './instance-follower.ts';

const instance = (id: string, desired = 'running') => ({ id, service: 'everything', desired });

/** Answers each look at the list with the next of `lists`, then ends the following. */
async function follow(lists: readonly (readonly ReturnType<typeof instance>[] | Error)[]) {
  const end = new AbortController();
  const events: string[] = [];
  let looks = 0;
  await followInstances({
    list: async () => {
      const list = lists[looks++];
      if (list === undefined) {
        end.abort();
        throw new Error('the end');
      }
      if (list instanceof Error) throw list;
      return list;
    },
    visit: ({ id }, gone) => {
      events.push(`visit ${id}`);
      return new Promise((resolve) => {
        gone.addEventListener('abort', () => events.push(`leave ${id}`));
        AbortSignal.any([gone, end.signal]).addEventListener('abort', () => resolve());
      });
    },
    onError: (error) => events.push(`failed: ${(error as Error).message}`),
    signal: end.signal,
    everyMs: 1,
  });
  return events;
}

it('each running instance is visited once, however often it is listed', async () => {
  const list = [instance('a'), instance('b'), instance('c', 'stopped')];
  expect(await follow([list, list, list])).toEqual(['visit a', 'visit b', 'failed: the end']);
});

it('a stopped or deleted instance is left, and visited again when it is back', async () => {
  const events = await follow([
    [instance('a'), instance('b')],
    [instance('a', 'stopped')],
    [instance('a')],
  ]);
  expect(events).toEqual([
    ...['visit a', 'visit b', 'leave a', 'leave b', 'visit a'],
    'failed: the end',
  ]);
});

it('a list that cannot be had is told and leaves the visits alone', async () => {
  const events = await follow([[instance('a')], new Error('away'), [instance('a')]]);
  expect(events).toEqual(['visit a', 'failed: away', 'failed: the end']);
});
