import { connectBus } from '@mcplog/message-bus';
import { decodeTailMessage, type TailHeader } from '@mcplog/protocol';
import { eventually, startNats } from '@mcplog/test-kit';
import { expect, test } from 'vitest';
import { TailPublisher } from '../src/tail-publisher.ts';

const SUBJECT = 'tail.user.ann.i1';
const LINES = Buffer.from(`${'x'.repeat(9_999)}\n`);

test('lines that nobody listens to are not sent, and a listener that comes gets them again', async () => {
  const nats = await startNats();
  const bus = await connectBus({ url: nats.url, app: 'log-writer' });
  const tails = new TailPublisher(bus);
  let seq = 0;
  const publish = () => {
    const before = seq++;
    tails.publish(SUBJECT, { lines: LINES, count: 1, lastSeq: seq, before });
  };
  const sentBytes = () => {
    const before = bus.connection.stats().outBytes;
    publish();
    return bus.connection.stats().outBytes - before;
  };
  expect(sentBytes()).toBeGreaterThan(LINES.length);
  await eventually(() => sentBytes() < 1_000);

  const other = await connectBus({ url: nats.url, app: 'stream-gateway' });
  const heard: TailHeader[] = [];
  other.subscribe(SUBJECT, (_subject, payload) => {
    const { header, lines } = decodeTailMessage(payload);
    expect(lines.length).toBe(header.count);
    heard.push(header);
  });
  await other.untilHandled();
  publish();
  await eventually(() => heard.length > 0);
  expect(heard[0]).toEqual({ previousSeq: seq - 1, lastSeq: seq, count: 0 });
  await eventually(() => {
    publish();
    return heard.at(-1)?.count === 1;
  });
  // Nothing was left out on the way: each message begins where the one before ended.
  await other.untilHandled();
  heard.slice(1).forEach((header, at) => {
    expect(header.previousSeq).toBe(heard[at]?.lastSeq);
  });

  tails.close();
  await Promise.all([bus.close(), other.close()]);
  await nats.stop();
});
