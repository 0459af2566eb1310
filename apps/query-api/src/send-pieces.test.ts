import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { sendPieces } from './send-pieces.ts';

const trailers = () => ({ 'x-said-last': 'yes' });

/** Asks a server that answers with `answer`. */
async function ask(answer: (response: ServerResponse) => void): Promise<IncomingMessage> {
  const server = createServer((_, response) => answer(response));
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const asking = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  const [response] = await once(asking, 'response');
  return response as IncomingMessage;
}

/** Pieces that all lie in the same memory, and how many were asked for. */
function sharing(count: number, bytes: number) {
  const asked = { pieces: 0, ended: false };
  async function* pieces(): AsyncGenerator<Buffer> {
    const memory = Buffer.alloc(bytes);
    try {
      while (asked.pieces < count) yield memory.fill(asked.pieces++ % 256);
    } finally {
      asked.ended = true;
    }
  }
  return { asked, pieces: pieces() };
}

test.each([true, false])(
  'pieces that share memory arrive unmixed (compressed: %s)',
  async (compressed) => {
    const { pieces } = sharing(300, 70_000);
    const sending = Promise.withResolvers<void>();
    const answer = await ask((response) => {
      sendPieces(response, pieces, { compressed, trailers }).then(sending.resolve, sending.reject);
    });
    const body = await buffer(answer);
    const bytes = compressed ? gunzipSync(body) : body;
    const wanted = Array.from({ length: 300 }, (_, at) => Buffer.alloc(70_000, at % 256));
    expect(bytes.equals(Buffer.concat(wanted))).toBe(true);
    expect(answer.trailers).toEqual(trailers());
    await sending.promise;
  },
);

test.each([true, false])(
  'who goes away ends the making of pieces (compressed: %s)',
  async (compressed) => {
    const { asked, pieces } = sharing(1_000_000, 1_000_000);
    const sending = Promise.withResolvers<unknown>();
    const answer = await ask((response) => {
      const sent = sendPieces(response, pieces, { compressed, trailers });
      sent.then(sending.resolve, sending.resolve);
    });
    await once(answer, 'data');
    answer.destroy();
    expect(await sending.promise).toBeInstanceOf(Error);
    expect(asked.ended).toBe(true);
    expect(asked.pieces).toBeLessThan(1_000_000);
  },
);

test('pieces that fail cut the answer, so that nobody takes it for whole', async () => {
  async function* failing(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(100_000);
    throw new Error('the disk is gone');
  }
  const sending = Promise.withResolvers<unknown>();
  const answer = await ask((response) => {
    const sent = sendPieces(response, failing(), { compressed: false, trailers });
    sent.then(sending.resolve, sending.resolve);
  });
  await expect(buffer(answer)).rejects.toThrow('aborted');
  expect(await sending.promise).toMatchObject({ message: 'the disk is gone' });
});
