import { type Bus, BusFullError } from '@mcplog/message-bus';
import {
  type CaptureRecord,
  captureSubject,
  type LineRecords,
  type SectionEncoder,
} from '@mcplog/protocol';
import { type Backoff, backoff } from '@mcplog/service-host';
import type { ShardSpool } from '../spool/shard-spool.ts';
import type { EncoderPool } from './encoder-pool.ts';

/** A message is filled up to about this size; one larger frame still goes alone. */
export const MESSAGE_BYTES_TARGET = 384 * 1024;
/** A section is closed at this size, so that a frame stays well under the broker's 1 MiB. */
const SECTION_BYTES_TARGET = 288 * 1024;
const RETRY = { minMs: 100, maxMs: 5_000 };

/** What all entries of one run share. */
export interface RunIdentity {
  readonly userId: string;
  readonly instanceId: string;
  readonly service: string;
  readonly run: number;
  readonly stderrRouting: 'error-log' | 'by-level';
}

export interface LaneOptions {
  readonly bus: Bus;
  readonly shard: number;
  readonly spool: ShardSpool;
  readonly encoders: EncoderPool;
  /** Told when a batch could not be written to the spool. */
  readonly onLost: (identity: RunIdentity, records: number, error: unknown) => void;
  /** Told when the broker refuses a batch, and with undefined when it takes one again. */
  readonly onRefused: (problem: string | undefined) => void;
  readonly onAcknowledged: () => void;
}

interface ClosedSection {
  readonly identity: RunIdentity;
  readonly count: number;
  /** Lies in the memory of the encoder. */
  readonly payload: Buffer;
  readonly encoder: SectionEncoder;
}

interface OpenSection {
  readonly identity: RunIdentity;
  readonly encoder: SectionEncoder;
  firstN: number;
  nextN: number;
}

/**
 * The way of one shard: entries → open sections → spool file → bus, one message in flight, so that
 * order holds. Sections are closed at each flush; what waits for the bus lies in the spool.
 */
export class ShardLane {
  readonly #options: LaneOptions;
  /** By the one identity object of its run. */
  readonly #open = new Map<RunIdentity, OpenSection>();
  /** Closed since the last flush: what is in the spool may be published before the next one. */
  #closed: ClosedSection[] = [];
  readonly #retry: Backoff = backoff(RETRY);
  #openBytes = 0;
  #publishing: Promise<void> | undefined;
  #isStopped = false;
  #messages = 0;
  #wake: () => void = () => {};

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Messages the broker has stored since the start. */
  get messages(): number {
    return this.#messages;
  }

  get openBytes(): number {
    return this.#openBytes;
  }

  get spool(): ShardSpool {
    return this.#options.spool;
  }

  append(identity: RunIdentity, n: number, record: CaptureRecord): void {
    const section = this.#sectionFor(identity, n);
    const before = section.encoder.bytes;
    section.encoder.append(record);
    this.#noteAppended(section, { records: 1, bytes: section.encoder.bytes - before });
  }

  /** Records of one line each, the first of them with number `n`. */
  appendLines(identity: RunIdentity, n: number, lines: LineRecords): void {
    const section = this.#sectionFor(identity, n);
    const before = section.encoder.bytes;
    section.encoder.appendLines(lines);
    this.#noteAppended(section, { records: lines.count, bytes: section.encoder.bytes - before });
  }

  /** Puts everything taken so far into the spool. */
  store(): void {
    for (const section of [...this.#open.values()]) this.#closeSection(section);
    const closed = this.#closed;
    this.#closed = [];
    for (const { identity, count, payload, encoder } of closed) {
      try {
        this.#options.spool.append(payload);
      } catch (error) {
        this.#options.onLost(identity, count, error);
      }
      this.#options.encoders.give(encoder);
    }
  }

  /** Publishes what the spool holds; does nothing while that is under way. */
  publish(): void {
    if (this.#isStopped) return;
    this.#publishing ??= this.#publishAll().finally(() => {
      this.#publishing = undefined;
      // A batch may have come between the last look into the spool and this line.
      if (this.#options.spool.waitingBytes > 0) this.publish();
    });
  }

  /** No further message is begun; resolves when none is in flight. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    await this.#publishing;
  }

  #sectionFor(identity: RunIdentity, n: number): OpenSection {
    const known = this.#open.get(identity);
    if (known?.nextN === n) return known;
    if (known !== undefined) this.#closeSection(known);
    const encoder = this.#options.encoders.take();
    const section = { identity, encoder, firstN: n, nextN: n };
    this.#open.set(identity, section);
    return section;
  }

  #noteAppended(
    section: OpenSection,
    { records, bytes }: { records: number; bytes: number },
  ): void {
    section.nextN += records;
    this.#openBytes += bytes;
    if (section.encoder.bytes >= SECTION_BYTES_TARGET) this.#closeSection(section);
  }

  #closeSection(section: OpenSection): void {
    const { identity, encoder, firstN } = section;
    this.#open.delete(identity);
    this.#openBytes -= encoder.bytes;
    const { count } = encoder;
    const payload = encoder.finish({ ...identity, firstN });
    this.#closed.push({ identity, count, payload, encoder });
  }

  async #publishAll(): Promise<void> {
    const { spool, shard, bus } = this.#options;
    for (let message = spool.next(MESSAGE_BYTES_TARGET); message !== undefined; ) {
      try {
        await bus.publishDurable(captureSubject(shard), message.payload, message.id);
      } catch (error) {
        spool.forgetRecent();
        if (this.#isStopped) return;
        await this.#afterRefusal(error);
        if (this.#isStopped) return;
        continue;
      }
      this.#messages++;
      this.#retry.reset();
      spool.acknowledge(message);
      this.#options.onRefused(undefined);
      this.#options.onAcknowledged();
      if (this.#isStopped) return;
      message = spool.next(MESSAGE_BYTES_TARGET);
    }
  }

  /** The same message is sent again later: order holds, and its id tells a repeat apart. */
  async #afterRefusal(error: unknown): Promise<void> {
    const { bus, onRefused } = this.#options;
    onRefused(error instanceof BusFullError ? 'the capture stream is full' : String(error));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, this.#retry.nextMs());
    const stopListening = bus.onConnectionChange((connected) => connected && resolve());
    await promise;
    stopListening();
    clearTimeout(timer);
  }
}
