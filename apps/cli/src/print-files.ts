import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { PassThrough, Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { WriteStream } from 'node:tty';
import { createGunzip } from 'node:zlib';
import { CliError } from './errors.ts';
import { linesOf } from './stream-lines.ts';
import { printable } from './terminal.ts';

/**
 * Copies files, unpacking what is gzip whatever its name. A terminal gets control characters
 * escaped, everything else the bytes as they are.
 * @throws CliError naming every file that could not be read, after the others were printed
 */
export async function printFiles(files: readonly string[], sink: Writable): Promise<void> {
  const problems: string[] = [];
  for (const file of files) {
    try {
      await printFile(file, sink);
    } catch (error) {
      problems.push(`${file}: ${(error as Error).message}`);
    }
  }
  if (problems.length > 0) throw new CliError(problems.join('; '));
}

async function printFile(file: string, sink: Writable): Promise<void> {
  const source = file === '-' ? process.stdin : createReadStream(file);
  const content = await unpacked(source);
  if ((sink as WriteStream).isTTY !== true) {
    await pipeline(content, sink, { end: false });
    return;
  }
  for await (const { text, end } of linesOf(content)) {
    if (!sink.write(printable(text) + end)) await once(sink, 'drain');
  }
}

/** Looks at the first two bytes; gzip files of several members are read to their end. */
async function unpacked(source: Readable): Promise<Readable> {
  const pieces = source.iterator()[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const { value, done } = await pieces.next();
    if (done) break;
    head = Buffer.concat([head, value as Buffer]);
  }
  const whole = Readable.from(joined(head, pieces), { objectMode: false });
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  const end = isGzip ? createGunzip() : new PassThrough();
  whole.once('error', (error) => end.destroy(error));
  end.once('close', () => whole.destroy());
  return whole.pipe(end);
}

async function* joined(head: Buffer, rest: AsyncIterator<unknown>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    yield next.value as Buffer;
  }
}
