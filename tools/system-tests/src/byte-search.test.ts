import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeTempDir } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { needlesOf, partsOf, searchBelow } from './byte-search.ts';

const SECRET = 'Sesame/open "x9"=ä-4711';

test.each([
  ['plain', SECRET],
  ['json', JSON.stringify({ token: SECRET })],
  ['json', JSON.stringify(JSON.stringify({ token: SECRET }))],
  ['url', `https://example.com/?token=${encodeURIComponent(SECRET)}&page=2`],
  ['hex', Buffer.from(SECRET).toString('hex')],
  ['base64', Buffer.from(SECRET).toString('base64')],
  ['base64', Buffer.from(`user:${SECRET}, and more`).toString('base64')],
  ['base64', Buffer.from(JSON.stringify({ a: SECRET, b: 1 })).toString('base64url')],
])('a secret is found %s, packed or not: %s', async (form, text) => {
  const dir = await makeTempDir('bytes');
  const file = join(dir, 'deep', 'app.log');
  mkdirSync(join(dir, 'deep'));
  writeFileSync(file, `before ${text} after`);
  writeFileSync(`${file}.gz`, gzipSync(`before ${text} after`));
  const found = searchBelow([dir], needlesOf('TOKEN', SECRET));
  expect(found).toEqual(
    expect.arrayContaining([`${file}: TOKEN (${form})`, `${file}.gz: TOKEN (${form})`]),
  );
});

test('what holds no secret is not found, a part of one is', async () => {
  const dir = await makeTempDir('bytes');
  const file = join(dir, 'app.log');
  writeFileSync(file, 'Sesame [masked:secret:TOKEN] open');
  expect(searchBelow([dir], needlesOf('TOKEN', SECRET))).toEqual([]);
  expect(searchBelow([dir], partsOf('TOKEN', SECRET))).toEqual([]);
  writeFileSync(file, `shown in part: ${SECRET.slice(3, 17)}…`);
  expect(searchBelow([dir], partsOf('TOKEN', SECRET))).toContain(`${file}: TOKEN (part at 4)`);
});
