/** Is everything that was acknowledged there when the writer is killed at any moment? */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { nOfSeq, parseEntry } from '@mcplog/log-entry';
import { expect, test } from 'vitest';
import { openLogReader } from '../src/reader.ts';
import { gather, IDS, instanceFile, openWriter, scratchRoot } from './scratch.ts';

const PROGRAM = fileURLToPath(new URL('./appending-program.ts', import.meta.url));

/** Runs a writer until it has acknowledged some batches, kills it, returns the last n it promised. */
async function appendUntilKilled(root: string, first: number): Promise<number> {
  const child = spawn(process.execPath, [PROGRAM, root, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.split('\n').length > 20) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return Number(output.split('\n').at(-2));
}

test('after five kills every acknowledged entry is there once and in order', async () => {
  const root = await scratchRoot();
  const target = instanceFile('app');
  let promised = 0;
  for (let round = 0; round < 5; round++) {
    const { writer } = openWriter(root);
    const first = nOfSeq(writer.lastSeq(target)) + 1;
    expect(first).toBeGreaterThan(promised);
    await writer.close();
    promised = await appendUntilKilled(root, first);
  }
  const { writer } = openWriter(root);
  const last = nOfSeq(writer.lastSeq(target));
  await writer.close();
  expect(last).toBeGreaterThanOrEqual(promised);
  const lines = await gather(openLogReader({ root }).instance(IDS).lines());
  expect(lines.map((line) => nOfSeq(parseEntry(line)?.metadata.seq ?? 0))).toEqual(
    Array.from({ length: last }, (_, at) => at + 1),
  );
});
