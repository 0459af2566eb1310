import { execFileSync } from 'node:child_process';
import { constants, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTempDir } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { openOrdinaryFile } from './disk-io.ts';
import { nodeDisk } from './node-disk.ts';

test('neither a pipe without anybody at its other end nor a link is opened', async () => {
  const directory = await makeTempDir();
  const [pipe, file, link] = ['pipe', 'file', 'link'].map((name) => join(directory, name));
  if (pipe === undefined || file === undefined || link === undefined) throw new Error('no names');
  execFileSync('mkfifo', [pipe]);
  writeFileSync(file, 'text');
  symlinkSync(file, link);
  for (const access of [constants.O_RDONLY, constants.O_RDWR | constants.O_APPEND]) {
    expect(() => openOrdinaryFile(nodeDisk, pipe, access)).toThrow('no ordinary file');
  }
  expect(() => openOrdinaryFile(nodeDisk, pipe, constants.O_WRONLY)).toThrow('ENXIO');
  expect(() => openOrdinaryFile(nodeDisk, link)).toThrow('ELOOP');
  nodeDisk.close(openOrdinaryFile(nodeDisk, file).fd);
});
