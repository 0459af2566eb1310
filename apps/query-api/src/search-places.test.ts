import { expect, test } from 'vitest';
import { SearchPlaces } from './search-places.ts';

function openSearch() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { search: () => promise, end: resolve };
}

test('a user with too many searches is refused with 429, others are not', async () => {
  const places = new SearchPlaces({ perUserMax: 2, max: 3 });
  const { search, end } = openSearch();
  const running = [places.run('ann', search), places.run('ann', search)];
  await expect(places.run('ann', search)).rejects.toMatchObject({
    code: 'MCPLOG_TOO_MANY_REQUESTS',
    status: 429,
  });
  running.push(places.run('bob', search));
  await expect(places.run('cleo', search)).rejects.toMatchObject({ status: 503 });
  expect(places.running).toBe(3);
  end();
  await Promise.all(running);
  expect(places.running).toBe(0);
  await places.run('ann', search);
});

test('a search that fails gives its place back', async () => {
  const places = new SearchPlaces({ perUserMax: 1, max: 1 });
  const fail = () => Promise.reject(new Error('broken'));
  for (let round = 0; round < 3; round++) {
    await expect(places.run('ann', fail)).rejects.toThrow('broken');
  }
});
