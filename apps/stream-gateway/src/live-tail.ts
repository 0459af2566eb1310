import { parseEntry, seqOfLine } from '@mcplog/log-entry';
import { type CompiledFilter, compileFilter, type LogFilter } from '@mcplog/log-query';
import type { LiveMessage } from '@mcplog/protocol';
import type { LivePlan, LiveSource } from './live-source.ts';
import type { LiveBatch, LiveLine, TailHub } from './tail-hub.ts';

/** A reader this far behind is moved to the present; the gap message says what it missed. */
const BEHIND_ENTRIES_MAX = 50_000;
/** How often a reader that was too slow is looked at again. */
const DRAIN_CHECK_MS = 50;
const BATCH_ENTRIES_MAX = 500;

/** Where a tail sends; implemented by a socket. */
export interface LiveSink {
  /** True while the reader takes what it is sent; false asks to wait. */
  readonly hasRoom: boolean;
  send(text: string): void;
}

export interface LiveTailOptions {
  readonly plan: LivePlan;
  readonly hub: TailHub;
  readonly sink: LiveSink;
  readonly filter: LogFilter;
  /** A cursor to continue behind; absent: from now on. */
  readonly positions?: ReadonlyMap<string, number> | undefined;
  /** Send `entries` messages, many to one. */
  readonly batch: boolean;
}

/** What one source of a tail knows of itself. */
interface Track {
  readonly source: LiveSource;
  /** Everything up to here was sent, or did not match. */
  position: number;
  /** The newest seq heard of. */
  known: number;
  /** Entries heard of since the reader began to lag. */
  behind: number;
  reading: boolean;
}

/**
 * One reader's tail. The files are the truth and the bus only says what is new: whenever a message
 * does not join on to what was sent (resume, lost message, slow reader) the files are read from
 * the last position on, so nothing is left out silently and nothing comes twice.
 */
export class LiveTail {
  readonly #options: LiveTailOptions;
  readonly #filter: CompiledFilter;
  readonly #tracks: Track[] = [];
  readonly #stops: (() => void)[] = [];
  readonly #abort = new AbortController();

  constructor(options: LiveTailOptions) {
    this.#options = options;
    this.#filter = compileFilter(options.filter);
  }

  /** Subscribes, sends what is to be resumed, and goes on live. */
  async start(): Promise<void> {
    const { plan, hub, positions } = this.#options;
    for (const source of plan.sources) {
      const track: Track = { source, position: 0, known: 0, behind: 0, reading: true };
      this.#tracks.push(track);
      this.#stops.push(hub.listen(source.subject, (batch) => this.#hear(track, batch)));
      const last = await source.view.lastSeq();
      track.known = Math.max(track.known, last);
      track.position = positions === undefined ? last : (positions.get(source.key) ?? last);
    }
    this.#send({ type: 'subscribed', cursor: this.#cursor() });
    for (const track of this.#tracks) await this.#catchUp(track);
  }

  stop(): void {
    this.#abort.abort();
    for (const stop of this.#stops.splice(0)) stop();
  }

  #hear(track: Track, { header, lines }: LiveBatch): void {
    track.known = Math.max(track.known, header.lastSeq);
    if (track.reading) {
      track.behind += header.count;
      return;
    }
    const joins = header.previousSeq <= track.position && header.count > 0;
    if (joins && this.#options.sink.hasRoom) this.#forward(track, lines, header.lastSeq);
    else if (header.lastSeq > track.position) void this.#readBehind(track, header.count);
  }

  async #readBehind(track: Track, count: number): Promise<void> {
    track.reading = true;
    track.behind = count;
    await this.#catchUp(track);
  }

  /** Reads files until everything heard of was sent; only then live messages are taken again. */
  async #catchUp(track: Track): Promise<void> {
    try {
      while (track.position < track.known && !this.#abort.signal.aborted) {
        await this.#roomFor(track);
        if (track.behind > BEHIND_ENTRIES_MAX) this.#skipAhead(track);
        await this.#readFiles(track);
      }
      track.reading = false;
      track.behind = 0;
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#sendError(error);
    }
  }

  async #readFiles(track: Track): Promise<void> {
    const until = track.known;
    const { signal } = this.#abort;
    const range = { afterSeq: track.position, untilSeq: until, order: 'asc' as const };
    const pieces = track.source.view.lines({ filter: this.#options.filter, signal, ...range });
    for await (const piece of pieces) {
      await this.#roomFor(track);
      const lines = piece.toString('utf8').split('\n').filter(Boolean).map(toLiveLine);
      this.#sendLines(
        track,
        lines.filter((line) => line !== undefined),
      );
      if (track.behind > BEHIND_ENTRIES_MAX) return;
    }
    track.position = until;
  }

  /** The reader cannot keep up: it is told how much it misses and goes on at the present. */
  #skipAhead(track: Track): void {
    const from = this.#cursor();
    const count = track.behind;
    track.position = track.known;
    track.behind = 0;
    const reason = 'the reader was too slow';
    this.#send({ type: 'gap', count, from, to: this.#cursor(), reason });
  }

  async #roomFor(track: Track): Promise<void> {
    while (!this.#options.sink.hasRoom && !this.#abort.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_CHECK_MS));
      if (track.behind > BEHIND_ENTRIES_MAX) return;
    }
  }

  #forward(track: Track, lines: readonly LiveLine[], lastSeq: number): void {
    const wanted = lines.filter(({ entry }) => {
      return entry.metadata.seq > track.position && this.#filter.matches(entry);
    });
    this.#sendLines(track, wanted);
    track.position = lastSeq;
  }

  #sendLines(track: Track, lines: readonly LiveLine[]): void {
    if (!this.#options.batch) {
      for (const line of lines) {
        track.position = line.entry.metadata.seq;
        this.#sendEncoded('log_entry', line.text);
      }
      return;
    }
    for (let at = 0; at < lines.length; at += BATCH_ENTRIES_MAX) {
      const some = lines.slice(at, at + BATCH_ENTRIES_MAX);
      track.position = some.at(-1)?.entry.metadata.seq ?? track.position;
      this.#sendEncoded('entries', `[${some.map(({ text }) => text).join(',')}]`);
    }
  }

  /** Entries go out as the text they are in the file. */
  #sendEncoded(type: 'log_entry' | 'entries', data: string): void {
    const cursor = JSON.stringify(this.#cursor());
    this.#options.sink.send(`{"type":"${type}","data":${data},"cursor":${cursor}}`);
  }

  #sendError(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#send({ type: 'error', error: { code: 'MCPLOG_INTERNAL', message } });
  }

  #send(message: LiveMessage): void {
    this.#options.sink.send(JSON.stringify(message));
  }

  #cursor(): string {
    const positions = this.#tracks.map(({ source, position }) => [source.key, position] as const);
    return this.#options.plan.encodePositions(new Map(positions));
  }
}

function toLiveLine(text: string): LiveLine | undefined {
  const entry = seqOfLine(text) === undefined ? undefined : parseEntry(text);
  return entry && { text, entry };
}
