import { setImmediate as nextTurn } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, type JsMsg, jetstreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { type Bus, toBuffer } from './bus.ts';

/** Long enough for a slow disk; a crash does not wait for it, because taking over starts anew. */
const ACK_WAIT_MS = 300_000;
/** Messages delivered and not yet acknowledged, at most. */
const UNACKED_MAX = 256;
/**
 * Messages asked for ahead of the handler. They lie in the connection before those of other
 * consumers: more of them let a flooded shard delay the others.
 */
const PREFETCH = 2;
/** After a message larger than this other consumers have their turn. */
const TURN_BYTES = 64 * 1024;
const RETRY_MS = 300;
/** What libuv reads from a socket at once, at most. */
const SOCKET_READ_BYTES_MAX = 64 * 1024;
/** JetStream's word for: stored, take it out of the stream. */
const ACK = '+ACK';

export interface IntakeOptions {
  readonly stream: string;
  /** Name of the durable consumer; one process at a time may use it. */
  readonly consumer: string;
  readonly filterSubject: string;
  /**
   * Called in stream order; resolves when the next message may come. When it throws, delivery
   * starts again from the first unacknowledged message.
   */
  readonly onMessage: (message: IntakeMessage) => void | Promise<void>;
  /** Told each time delivery starts again from the first unacknowledged message. */
  readonly onRestart?: (reason: string) => void;
}

export interface IntakeMessage {
  readonly subject: string;
  /** Valid until `onMessage` has resolved. */
  readonly payload: Buffer;
  readonly streamSeq: number;
  /** Removes it from the stream; to be called when its effect is durable. */
  readonly ack: () => void;
}

export interface Intake {
  /** Begins again at the first unacknowledged message. */
  restart(): void;
  close(): Promise<void>;
}

/**
 * Reads a work-queue stream strictly in order.
 *
 * JetStream redelivers an unacknowledged message after newer ones, which would look like an old
 * seq to the writer. So whenever order may be broken (start, reconnect, a redelivered message, a
 * gap in the delivery count) the consumer is deleted and made again: in a work-queue stream it
 * then starts at the first message that was never acknowledged.
 */
export function openIntake(bus: Bus, options: IntakeOptions): Intake {
  let stopped = false;
  let stopRound: (() => void) | undefined;
  // A round that has not begun to read cannot be stopped yet: it ends as soon as it can.
  let mustRestart = false;
  const { promise: closing, resolve: beginClosing } = Promise.withResolvers<void>();
  const stopListening = bus.onConnectionChange(() => stopRound?.());
  const run = async () => {
    let reason = 'start';
    while (!stopped) {
      mustRestart = false;
      options.onRestart?.(reason);
      try {
        await Promise.race([bus.untilConnected(), closing]);
        if (stopped) return;
        reason = await readRound(bus, options, (stop) => {
          stopRound = stop;
          if (stopped || mustRestart) stop();
        });
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
        await Promise.race([new Promise((resolve) => setTimeout(resolve, RETRY_MS)), closing]);
      }
    }
  };
  const done = run();
  return {
    restart: () => {
      mustRestart = true;
      stopRound?.();
    },
    close: async () => {
      stopped = true;
      beginClosing();
      stopListening();
      stopRound?.();
      await done;
    },
  };
}

/** Reads until order may be broken; resolves with why. */
async function readRound(
  bus: Bus,
  options: IntakeOptions,
  onStoppable: (stop: () => void) => void,
): Promise<string> {
  const { stream, consumer } = options;
  await recreateConsumer(bus, options);
  const handle = await bus.jetstream.consumers.get(stream, consumer);
  const messages = await handle.consume({ max_messages: PREFETCH });
  onStoppable(() => messages.stop());
  let expected = 1;
  for await (const message of messages) {
    const { deliverySequence, redelivered } = message.info;
    if (redelivered || deliverySequence !== expected) {
      messages.stop();
      return `delivery ${deliverySequence} came where ${expected} was due`;
    }
    expected++;
    // Asked now: a payload that was given back has no length.
    const isLarge = message.data.length > TURN_BYTES;
    await options.onMessage(toIntakeMessage(bus, message));
    releaseOwn(message.data);
    if (isLarge) await nextTurn();
  }
  return 'the reading was interrupted';
}

async function recreateConsumer(bus: Bus, options: IntakeOptions): Promise<void> {
  const { stream, consumer, filterSubject } = options;
  const manager = await jetstreamManager(bus.connection, { checkAPI: false });
  await manager.consumers.delete(stream, consumer).catch(ignoreNotFound);
  await manager.consumers.add(stream, {
    durable_name: consumer,
    filter_subject: filterSubject,
    deliver_policy: DeliverPolicy.All,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ACK_WAIT_MS),
    max_ack_pending: UNACKED_MAX,
  });
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof Error && error.message.includes('not found'))) throw error;
}

function toIntakeMessage(bus: Bus, message: JsMsg): IntakeMessage {
  return {
    subject: message.subject,
    payload: toBuffer(message.data),
    streamSeq: message.info.streamSequence,
    ack: makeAck(bus, message),
  };
}

/**
 * Knows only where to answer, so that a message that waits for its sync does not keep its payload.
 * Nothing is sent while the bus is away: the messages come again afterwards.
 */
function makeAck(bus: Bus, message: JsMsg): () => void {
  // The class has it, the interface does not tell.
  const reply = 'reply' in message ? message.reply : undefined;
  if (typeof reply !== 'string') return () => message.ack();
  return () => void bus.publish(reply, ACK);
}

/**
 * Gives back the memory of a large message at once: the collector sees only its small handle and
 * lets many of them pile up. What is larger than any read was put together in memory of its own;
 * a smaller one may lie in one piece with others.
 */
function releaseOwn({ buffer, byteLength }: Uint8Array): void {
  if (byteLength > SOCKET_READ_BYTES_MAX && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** The position of the newest message ever stored in a stream. */
export async function streamLastSeq(bus: Bus, stream: string): Promise<number> {
  const manager = await jetstreamManager(bus.connection, { checkAPI: false });
  const info = await manager.streams.info(stream);
  return info.state.last_seq;
}
