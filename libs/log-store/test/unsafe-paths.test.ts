/** Can anyone reach a file outside the log directory, or another user's? */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLogReader } from '../src/reader.ts';
import {
  append,
  encodeLines,
  entryOf,
  IDS,
  instanceFile,
  openWriter,
  scratchRoot,
} from './scratch.ts';

const BAD_IDS = [
  '..',
  '.',
  '',
  'a/b',
  'a\\b',
  '%2e%2e',
  'a\u0000',
  '-a',
  '_a',
  'a'.repeat(65),
  'ä',
];

test.each(BAD_IDS)('the id %j names nothing, to readers and writers alike', async (bad) => {
  const root = await scratchRoot();
  const { writer } = openWriter(root);
  const reader = openLogReader({ root });
  for (const ids of [
    { ...IDS, userId: bad },
    { ...IDS, instanceId: bad },
  ]) {
    expect(() => writer.fileOf(instanceFile('app', ids))).toThrow('is no id');
    expect(() => append(writer, instanceFile('app', ids), [entryOf(1)])).toThrow('is no id');
    expect(() => reader.instance(ids)).toThrow('is no id');
  }
  await writer.close();
});

test('a name that is no log file is refused', async () => {
  const { writer } = openWriter(await scratchRoot());
  const wrong = { kind: 'system', category: '../app' } as unknown as ReturnType<
    typeof instanceFile
  >;
  expect(() => writer.fileOf(wrong)).toThrow('no log file is called');
});

test('a directory that is a link is refused, wherever it stands', async () => {
  const elsewhere = await scratchRoot();
  mkdirSync(join(elsewhere, 'mcp_everything-1'));
  writeFileSync(join(elsewhere, 'mcp_everything-1', 'app.log'), encodeLines([entryOf(1)]));
  for (const link of ['users', 'users/user_alice', 'users/user_alice/mcp_everything-1']) {
    const root = await scratchRoot();
    mkdirSync(join(root, link, '..'), { recursive: true });
    symlinkSync(elsewhere, join(root, link));
    const { writer } = openWriter(root);
    expect(() => append(writer, instanceFile('app'), [entryOf(1)])).toThrow(
      'no directory of its own',
    );
    const view = openLogReader({ root }).instance(IDS);
    await expect(view.query()).rejects.toThrow('no directory of its own');
    await writer.close();
  }
});

test('a log file that is a link, a directory or a pipe is refused', async () => {
  const secret = join(await scratchRoot(), 'secret');
  writeFileSync(secret, encodeLines([entryOf(1)]));
  const { execFileSync } = await import('node:child_process');
  const makers: ((path: string) => void)[] = [
    (path) => symlinkSync(secret, path),
    (path) => mkdirSync(path),
    (path) => execFileSync('mkfifo', [path]),
  ];
  for (const make of makers) {
    const root = await scratchRoot();
    const { writer } = openWriter(root);
    const path = writer.fileOf(instanceFile('app'));
    mkdirSync(join(path, '..'), { recursive: true });
    make(path);
    expect(() => append(writer, instanceFile('app'), [entryOf(2)])).toThrow('no ordinary file');
    const view = openLogReader({ root }).instance(IDS);
    // Passed over and told, so that the other files are served all the same.
    writeFileSync(join(path, '..', 'error.log'), encodeLines([entryOf(3)]));
    expect(await view.query()).toMatchObject({ entries: [entryOf(3)], damagedLines: 1 });
    await writer.close();
  }
});
