/** Sends pieces that are made while they are sent, each only valid until the next one is made. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

export interface SendOptions {
  readonly compressed: boolean;
  /** Asked when the last piece was sent; for programs, which may look at them. */
  readonly trailers: () => Readonly<Record<string, string>>;
}

/**
 * Ends the response. The next piece is asked for when the one before has left this process, so
 * whoever reads slowly is waited for, and the pieces may share their memory.
 * @throws what the pieces throw, or that the reader went away; then the response is cut, so that
 *   nobody takes half of it for the whole.
 */
export async function sendPieces(
  response: ServerResponse,
  pieces: AsyncIterable<Buffer>,
  { compressed, trailers }: SendOptions,
): Promise<void> {
  try {
    if (compressed) await sendCompressed(response, pieces);
    else await writeEach(response, pieces);
    response.addTrailers(trailers());
    const finished = once(response, 'finish');
    response.end();
    await finished;
  } catch (error) {
    response.destroy(error as Error);
    throw error;
  }
}

async function sendCompressed(
  response: ServerResponse,
  pieces: AsyncIterable<Buffer>,
): Promise<void> {
  const gzip = createGzip({ level: 6 });
  const feed = writeEach(gzip, pieces).then(
    () => void gzip.end(),
    (error) => {
      gzip.destroy(error);
      throw error;
    },
  );
  const ends = await Promise.allSettled([feed, pipeline(gzip, response, { end: false })]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

async function writeEach(into: Writable, pieces: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of pieces) await written(into, piece);
}

function written(into: Writable, piece: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  into.write(piece, (error) => (error ? reject(error) : resolve()));
  return promise;
}
