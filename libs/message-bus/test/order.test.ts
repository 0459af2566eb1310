import { eventually, startNats } from '@mcplog/test-kit';
import { afterEach, expect, test } from 'vitest';
import {
  type Bus,
  connectBus,
  type Intake,
  type IntakeMessage,
  openIntake,
  provisionBus,
} from '../src/index.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startBus() {
  const nats = await startNats();
  closers.push(() => nats.stop());
  const bus = await connect(nats.url);
  await provisionBus(bus);
  return { nats, bus };
}

async function connect(url: string): Promise<Bus> {
  const bus = await connectBus({ url, app: 'log-writer' });
  closers.push(() => bus.close());
  return bus;
}

function read(bus: Bus, onMessage: (message: IntakeMessage) => void): Intake {
  const intake = openIntake(bus, {
    stream: 'CAPTURE',
    consumer: 'writer-3',
    filterSubject: 'capture.3',
    onMessage,
  });
  closers.push(() => intake.close());
  return intake;
}

test('a reader that takes over starts at the first message that was never acknowledged', async () => {
  const { nats, bus } = await startBus();
  for (let i = 0; i < 10; i++) await bus.publishDurable('capture.3', `${i}`, `id-${i}`);
  const first: string[] = [];
  const dying = await connect(nats.url);
  const intake = read(dying, (message) => {
    first.push(message.payload.toString());
    if (Number(message.payload.toString()) < 4) message.ack();
  });
  await eventually(() => expect(first.length).toBe(10));
  await intake.close();
  const second: string[] = [];
  read(bus, (message) => {
    second.push(message.payload.toString());
    message.ack();
  });
  await eventually(() => expect(second).toEqual(['4', '5', '6', '7', '8', '9']));
});

test('a killed broker loses nothing it acknowledged and order holds across its restart', async () => {
  const { nats, bus } = await startBus();
  const seen: number[] = [];
  read(bus, (message) => {
    const value = Number(message.payload.toString());
    if (value > (seen.at(-1) ?? -1)) seen.push(value);
    message.ack();
  });
  const total = 300;
  for (let i = 0; i < total; i++) {
    if (i === 100) {
      await nats.kill();
      void nats.restart();
    }
    await publishUntilStored(bus, i);
  }
  await eventually(() => expect(seen).toEqual(Array.from({ length: total }, (_, i) => i)), {
    timeoutMs: 30_000,
  });
});

async function publishUntilStored(bus: Bus, value: number): Promise<void> {
  for (;;) {
    try {
      await bus.publishDurable('capture.3', `${value}`, `id-${value}`);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

test('the same message id is stored once', async () => {
  const { bus } = await startBus();
  const first = await bus.publishDurable('capture.3', 'x', 'same');
  const second = await bus.publishDurable('capture.3', 'x', 'same');
  expect(second).toEqual({ streamSeq: first.streamSeq, duplicate: true });
});

test('a reader can be closed while the broker is away', async () => {
  const { nats, bus } = await startBus();
  const intake = read(bus, (message) => message.ack());
  await bus.publishDurable('capture.3', 'x', 'one');
  await nats.kill();
  await eventually(() => !bus.connected);
  await intake.close();
  await nats.restart();
});
