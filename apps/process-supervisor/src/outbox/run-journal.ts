import { N_MAX } from '@mcplog/log-entry';
import type { CaptureRecord, LineRecords } from '@mcplog/protocol';
import type { Outbox } from './outbox.ts';
import type { RunIdentity } from './shard-lane.ts';

/** A message above this many bytes is cut: a frame must stay well under the broker's 1 MiB. */
const MESSAGE_BYTES_MAX = 256 * 1024;

/**
 * The entries of one run: numbers them from 1, keeps their times from running backwards, and says
 * how many were dropped as soon as there is room to say it.
 */
export class RunJournal {
  readonly identity: RunIdentity;
  readonly #outbox: Outbox;
  readonly #stopListening: () => void;
  #n = 0;
  #lastMs = 0;
  #dropped = 0;
  #isClosed = false;
  #onEntry: () => void = () => {};

  constructor(outbox: Outbox, identity: RunIdentity) {
    this.identity = identity;
    this.#outbox = outbox;
    this.#stopListening = outbox.onRoom(() => this.#tellDropped());
  }

  /** Calls the listener whenever the count has risen. */
  onEntry(listener: () => void): void {
    this.#onEntry = listener;
  }

  /** Entries so far, dropped ones included. */
  get count(): number {
    return this.#n;
  }

  write(record: CaptureRecord): void {
    this.#tellDropped();
    this.#append(record);
  }

  /** Takes lines that are an entry each, as {@link write} takes one; they are used up at once. */
  writeLines(lines: LineRecords): void {
    this.#tellDropped();
    const count = Math.min(lines.count, N_MAX - this.#n);
    if (count <= 0) return;
    const firstN = this.#n + 1;
    this.#n += count;
    this.#lastMs = Math.max(this.#lastMs, lines.timestampMs);
    const fitted = { ...lines, count, timestampMs: this.#lastMs };
    if (!this.#outbox.appendLines(this.identity, firstN, fitted)) this.#dropped += count;
    this.#onEntry();
  }

  /** Takes an entry with a number given elsewhere (the wrap ingest); n must rise. */
  writeAt(n: number, record: CaptureRecord): void {
    this.#n = n - 1;
    this.#append(record);
  }

  /** An entry of our own about this run; metadata values are plain JSON without secrets. */
  system(
    level: 'info' | 'warn' | 'error',
    message: string,
    metadata: Readonly<Record<string, unknown>> = {},
  ): void {
    const inside = JSON.stringify(metadata).slice(1, -1);
    this.write({ timestampMs: Date.now(), type: 'system', level, message, metadata: inside });
  }

  /** No further entries; what was dropped is still told when there is room. */
  close(): void {
    this.#isClosed = true;
    if (this.#dropped === 0) this.#stopListening();
  }

  #append(record: CaptureRecord): void {
    if (this.#n >= N_MAX) return;
    this.#n++;
    this.#lastMs = Math.max(this.#lastMs, record.timestampMs);
    const fitted = { ...record, timestampMs: this.#lastMs, message: cutMessage(record.message) };
    if (!this.#outbox.append(this.identity, this.#n, fitted)) this.#dropped++;
    this.#onEntry();
  }

  #tellDropped(): void {
    this.#dropped += this.#outbox.takeLost(this.identity);
    if (this.#dropped === 0 || !this.#outbox.hasRoom(this.identity.instanceId)) return;
    const lines = this.#dropped;
    this.#dropped = 0;
    const metadata = `"event":"entries_dropped","dropped":${lines}`;
    this.#append({
      timestampMs: Date.now(),
      type: 'system',
      level: 'error',
      message: `${lines} lines dropped: spool full`,
      metadata,
    });
    if (this.#isClosed && this.#dropped === 0) this.#stopListening();
  }
}

function cutMessage(message: string): string {
  if (message.length * 3 <= MESSAGE_BYTES_MAX) return message;
  const bytes = Buffer.from(message);
  if (bytes.length <= MESSAGE_BYTES_MAX) return message;
  let end = MESSAGE_BYTES_MAX;
  while (((bytes[end] as number) & 0xc0) === 0x80) end--;
  return `${bytes.toString('utf8', 0, end)}…`;
}
