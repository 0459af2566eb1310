/** Byte streams between the client and the server: unchanged, at once, in order. */
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { type Readable, Writable } from 'node:stream';

/**
 * Passes every chunk on before `tap` sees it. A slow reader makes the writer wait, an end is
 * passed on, and a reader that is gone ends the writer's stream too, as if nothing stood between.
 * @returns resolves when everything was handed over, or nobody takes any more
 */
export function connect(from: Readable, to: Writable, tap: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve) => {
    const go = () => from.resume();
    from.on('data', (chunk: Buffer) => {
      if (!to.write(chunk)) {
        from.pause();
        to.once('drain', go);
      }
      tap(chunk);
    });
    from.on('end', () => to.end(resolve));
    from.on('error', () => to.end(resolve));
    to.on('error', () => {
      from.destroy();
      resolve();
    });
    to.on('close', resolve);
  });
}

/**
 * Our stdout or stderr as a stream that can be ended, which `process.stdout` cannot: a server that
 * closes its stdout and lives on is seen by the client as just that.
 */
export function openOutput(fd: 1 | 2): Writable {
  if (isPipe(fd)) return new Socket({ fd, readable: false, writable: true });
  const own = fd === 1 ? process.stdout : process.stderr;
  return new Writable({
    highWaterMark: own.writableHighWaterMark,
    write: (chunk, _encoding, done) => {
      own.write(chunk, done);
    },
  });
}

function isPipe(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}
