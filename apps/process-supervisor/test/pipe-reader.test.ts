/** Does the pipe reader keep what it read, stay within its limit, and serve one supervisor only? */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually, makeTempDir } from '@mcplog/test-kit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HELD_BYTES_MAX } from '../src/pipe-reader/fifo-stream.ts';
import { encodeFrame, FRAME } from '../src/pipe-reader/frames.ts';
import { listenAlone } from '../src/pipe-reader/listen.ts';
import { PipeReader } from '../src/pipe-reader/pipe-reader.ts';
import { socketPathIn } from '../src/pipe-reader/socket-path.ts';
import { PipeReading } from '../src/pipes/pipe-reading.ts';
import { ReaderConnection } from '../src/pipes/reader-connection.ts';

const PIPE_BYTES = 64 * 1024;
const open: { close(): void }[] = [];
let dir: string;
let fifo: string;

beforeEach(async () => {
  dir = await makeTempDir('reader');
  fifo = join(dir, 'fifo');
  execFileSync('mkfifo', [fifo]);
});

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function openReading(folder = dir): Promise<PipeReading> {
  const reading = await PipeReading.open(folder);
  open.push(reading);
  return reading;
}

/** Reads the FIFO and keeps what comes; acknowledges nothing. */
async function readFifo(reading: PipeReading, offset?: number) {
  const seen = { text: '', isOver: false };
  const { pipe, isWhole } = await reading.openPipe(
    { path: fifo, offset },
    {
      onData: (chunk) => {
        seen.text += chunk.toString('latin1');
      },
      onOver: () => {
        seen.isOver = true;
      },
      onGap: () => undefined,
    },
  );
  return { seen, pipe, isWhole };
}

/** The reader in this process, with patience of its own. */
async function startReaderHere(limits: { idleMs?: number; abandonedMs?: number }) {
  const socketPath = socketPathIn(dir);
  const server = await listenAlone(socketPath);
  if (server === undefined) throw new Error('there is a reader already');
  const { promise: isDone, resolve } = Promise.withResolvers<void>();
  const reader = new PipeReader(server, {
    ...{ socketPath, looksEveryMs: 20, idleMs: 600_000, abandonedMs: 600_000, ...limits },
    onDone: resolve,
  });
  open.push(reader, server);
  return { isDone, socketPath };
}

test('the next supervisor gets every byte behind the offset it asks for', async () => {
  const first = await openReading();
  const before = await readFifo(first);
  const fd = openSync(fifo, 'w');
  writeSync(fd, 'acknowledged, and kept');
  await eventually(() => before.seen.text.endsWith('kept'));
  first.acknowledge(before.pipe, 'acknowledged'.length);
  // Not an orderly stop: the pipe is still open.
  first.close();
  writeSync(fd, ' and more');
  closeSync(fd);
  const second = await openReading();
  const { seen, pipe, isWhole } = await readFifo(second, 'acknowledged'.length);
  pipe.end();
  await eventually(() => seen.isOver);
  expect([seen.text, isWhole]).toEqual([', and kept and more', true]);
  second.closePipe(pipe);
});

test('a stream takes a limited room, then its writer waits, until there is room again', async () => {
  const reading = await openReading();
  const { seen, pipe } = await readFifo(reading);
  const writer = spawn('sh', ['-c', `head -c 3000000 /dev/zero > ${fifo}`]);
  await eventually(() => seen.text.length > HELD_BYTES_MAX - PIPE_BYTES);
  expect(seen.text.length).toBeLessThanOrEqual(HELD_BYTES_MAX);
  expect(writer.exitCode).toBeNull();
  const acknowledging = setInterval(() => reading.acknowledge(pipe, seen.text.length), 1);
  await eventually(() => seen.text.length === 3_000_000);
  clearInterval(acknowledging);
  await eventually(() => writer.exitCode === 0);
  reading.closePipe(pipe);
});

test('a second supervisor is refused as long as the first one is there', async () => {
  const first = await openReading();
  const troubles: string[] = [];
  first.onTrouble((words) => troubles.push(words));
  await expect(openReading()).rejects.toThrow(`another supervisor, pid ${process.pid}, is at work`);
  expect(troubles[0]).toBe(`a second supervisor, pid ${process.pid}, was refused`);
  first.close();
  await openReading();
});

test('whoever speaks something else is put off, and nobody else notices', async () => {
  const reading = await openReading();
  const { seen, pipe } = await readFifo(reading);
  const garbage = [
    Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    Buffer.alloc(100_000, 0xff),
    encodeFrame(FRAME.stop),
    encodeFrame(FRAME.hello, { offset: 99, payload: '1' }),
    encodeFrame(FRAME.hello, { offset: 1, payload: 'nobody' }),
  ];
  for (const bytes of garbage) {
    const socket = createConnection(socketPathIn(dir));
    socket.on('error', () => undefined).resume();
    socket.write(bytes);
    await once(socket, 'close');
  }
  const fd = openSync(fifo, 'w');
  writeSync(fd, 'still read');
  closeSync(fd);
  await eventually(() => seen.text === 'still read');
  reading.closePipe(pipe);
});

test('what is no FIFO is not opened', async () => {
  const reading = await openReading();
  const nobody = { onData: () => undefined, onOver: () => undefined, onGap: () => undefined };
  await expect(reading.openPipe({ path: join(dir, 'nothing') }, nobody)).rejects.toThrow('ENOENT');
  await expect(reading.openPipe({ path: '/dev/null' }, nobody)).rejects.toThrow('is no FIFO');
});

test('a folder with a long name has a reader too', async () => {
  const folder = join(dir, 'x'.repeat(120));
  const reading = await openReading(folder);
  expect(reading.problems).toEqual([]);
});

test('without a supervisor it stays as long as it has something, and no longer', async () => {
  const { isDone } = await startReaderHere({ idleMs: 50 });
  const reading = await openReading();
  await readFifo(reading);
  reading.close();
  const again = await openReading();
  const { pipe, isWhole } = await readFifo(again, 0);
  expect(isWhole).toBe(true);
  again.closePipe(pipe);
  again.close();
  await isDone;
});

test('streams that nobody fetches do not keep it for ever', async () => {
  const { isDone } = await startReaderHere({ abandonedMs: 50 });
  const reading = await openReading();
  await readFifo(reading);
  reading.close();
  await isDone;
});

test('it ends when nobody can find it any more', async () => {
  const { isDone, socketPath } = await startReaderHere({});
  rmSync(socketPath);
  await isDone;
});

test('a connection that was welcomed stays, also past the time within which it had to be', async () => {
  await startReaderHere({});
  let isClosed = false;
  const onClosed = () => {
    isClosed = true;
  };
  const welcomeMs = 200;
  const connection = await ReaderConnection.open(
    socketPathIn(dir),
    { onFrame: () => undefined, onClosed },
    welcomeMs,
  );
  open.push({ close: () => connection.end() });
  await delay(2 * welcomeMs);
  expect(isClosed).toBe(false);
});
