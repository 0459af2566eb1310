import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { withTempDir } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { encodeFrame, FRAME, type Frame, PROTOCOL } from '../pipe-reader/frames.ts';
import { ReaderConnection } from './reader-connection.ts';

const WELCOME = encodeFrame(FRAME.welcome, { offset: PROTOCOL, payload: '7' });
const BYTES = 32 * 1024;

interface Arrived {
  readonly stream: number;
  readonly offset: number;
  readonly turn: number;
}

function dataOf(stream: number, at: number): Buffer {
  return encodeFrame(FRAME.data, { stream, offset: at * BYTES, payload: 'x'.repeat(BYTES) });
}

/** A reader that says all of this at once and ends. */
async function startReader(path: string, frames: readonly Buffer[]): Promise<Server> {
  const server = createServer((socket) => {
    socket.once('data', () => socket.end(Buffer.concat([WELCOME, ...frames])));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}

/** What came, in which turn of the event loop, until the connection was told to be closed. */
async function receive(frames: readonly Buffer[]): Promise<readonly Arrived[]> {
  const arrived: Arrived[] = [];
  await withTempDir(async (dir) => {
    const path = join(dir, 'reader.sock');
    const server = await startReader(path, frames);
    let turn = 0;
    let isClosed = false;
    const onFrame = ({ stream, offset }: Frame) => arrived.push({ stream, offset, turn });
    const onClosed = () => {
      isClosed = true;
    };
    await ReaderConnection.open(path, { onFrame, onClosed });
    for (; !isClosed; turn++) await nextTurn();
    server.close();
  });
  return arrived;
}

test('a stream that floods is taken a turn at a time, and all of it before the end is told', async () => {
  const flood = Array.from({ length: 12 }, (_, at) => dataOf(1, at));
  const arrived = await receive([...flood, dataOf(2, 0)]);
  const offsets = Array.from({ length: 12 }, (_, at) => at * BYTES);
  expect(arrived.slice(0, 12).map(({ offset }) => offset)).toEqual(offsets);
  expect(arrived.slice(12)).toMatchObject([{ stream: 2, offset: 0 }]);
  const perTurn = Map.groupBy(arrived, ({ turn }) => turn);
  const most = Math.max(...[...perTurn.values()].map((frames) => frames.length));
  // Two of the flood fill a turn. What was just read and the turn after it may be one of ours, and
  // the other stream's may come with the last of them.
  expect(most).toBeLessThanOrEqual(5);
  expect(perTurn.size).toBeGreaterThanOrEqual(4);
});

test('a frame larger than what is left of a turn is not lost', async () => {
  const size = 64 * 1024;
  const large = (at: number) =>
    encodeFrame(FRAME.data, { stream: 3, offset: at * size, payload: 'y'.repeat(size) });
  const arrived = await receive([dataOf(3, 0), large(1), large(2), large(3)]);
  expect(arrived.map(({ offset }) => offset)).toEqual([0, size, 2 * size, 3 * size]);
});
