/** Do the files hold exactly what FORMAT.md says? */
import { readFileSync } from 'node:fs';
import { encodeEntry, makeSeq, parseEntry } from '@mcplog/log-entry';
import { expect, test } from 'vitest';
import { openLogReader } from '../src/reader.ts';
import { append, gather, IDS, instanceFile, openWriter, scratchRoot } from './scratch.ts';

const ENTRY = {
  timestamp: '2025-07-13T15:30:00.000Z',
  level: 'info',
  message: 'ready: "ü"',
  metadata: {
    seq: makeSeq(1, 1),
    type: 'stderr',
    instanceId: 'i1',
    userId: 'u1',
    service: 'github',
  },
} as const;

const document = readFileSync(new URL('../FORMAT.md', import.meta.url), 'utf8');
const example = document.split('\n').find((line) => line.startsWith('{"timestamp"')) ?? '';

test('the worked example is what is written, byte for byte', async () => {
  const { writer } = openWriter(await scratchRoot());
  append(writer, instanceFile('app'), [ENTRY]);
  await writer.close();
  const bytes = readFileSync(writer.fileOf(instanceFile('app')));
  expect(bytes).toEqual(Buffer.from(`${example}\n`));
  expect(document).toContain(`Worked example (${bytes.length - 1} bytes)`);
  expect(bytes.indexOf('","level":"')).toBe(38);
  expect(bytes.indexOf('info')).toBe(49);
  expect(bytes.indexOf('ready')).toBe(66);
  expect(bytes.indexOf('"metadata":')).toBe(81);
  expect(parseEntry(example)).toEqual(ENTRY);
});

test('only what JSON must escape is escaped', () => {
  const every = Array.from({ length: 0xd800 }, (_, code) => String.fromCharCode(code)).join('');
  const line = encodeEntry({ ...ENTRY, message: every });
  for (let code = 0x20; code < 0xd800; code++) {
    const letter = String.fromCharCode(code);
    if (letter !== '"' && letter !== '\\') expect(line.includes(letter)).toBe(true);
  }
  expect(line.match(/\\/g)?.length).toBe(32 + 2 + 2 - 1);
});

test('readers give back the very bytes that were written', async () => {
  const root = await scratchRoot();
  const { writer } = openWriter(root);
  append(writer, instanceFile('access'), [ENTRY]);
  await writer.close();
  expect(await gather(openLogReader({ root }).instance(IDS).lines())).toEqual([example]);
});
