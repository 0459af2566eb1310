/** The entries of one log page: reads them page by page, joins the live tail, forgets the oldest. */
import type { LogEntry } from '@mcplog/log-entry';
import { signal } from '@preact/signals';
import { isAborted } from '../api/client.ts';
import { type Page, readContext, readPage } from '../api/logs.ts';
import { LogBuffer } from './log-buffer.ts';
import type { Filters } from './query.ts';
import { openTail, type Tail, type TailState } from './tail.ts';

const PAGE_ENTRIES = 500;
/** While following, older entries are given back; scrolling up reads them again. */
const FOLLOWED_ENTRIES_MAX = 50_000;
const HELD_ENTRIES_MAX = 1_000_000;
/** Live entries kept back while the page does not reach the present. */
const PENDING_ENTRIES_MAX = 10_000;
/** Live entries are shown in steps, so that a busy server does not redraw the page per line. */
const SHOW_EVERY_MS = 80;

/** What the page draws. `generation` changes when everything was replaced. */
export interface ModelView {
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly error?: unknown;
  readonly generation: number;
  readonly count: number;
  /** Rows added before the first one so far, less those dropped there. */
  readonly shift: number;
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  readonly loading: 'older' | 'newer' | undefined;
  /** Entries that came in while the list was not following. */
  readonly unseen: number;
}

interface Reading {
  readonly filters: Filters;
  readonly abort: AbortController;
}

export class LogModel {
  readonly instanceId: string;
  readonly buffer = new LogBuffer();
  readonly view = signal<ModelView>(emptyView(0));
  readonly tail = signal<TailState>({ kind: 'off' });
  /** Entries the tail had to leave out. */
  readonly skipped = signal(0);
  /** Whether the list stays at the newest entry. */
  readonly follow = signal(true);

  #reading: Reading = { filters: {}, abort: new AbortController() };
  #tail: Tail | undefined;
  #olderFrom: { cursor?: string; endTime?: string } = {};
  #newerFrom: { cursor?: string; startTime?: string } = {};
  #reachesPresent = false;
  #pending: LogEntry[] = [];
  #pendingLost = false;
  #showTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(instanceId: string) {
    this.instanceId = instanceId;
  }

  /** Shows the newest entries that pass `filters`, or those around the entry `seq`. */
  async open(filters: Filters, seq?: number): Promise<void> {
    this.#reset(filters);
    const { abort } = this.#reading;
    try {
      if (seq === undefined) await this.#openNewest();
      else await this.#openAround(seq);
      if (!abort.signal.aborted) this.#update({ phase: 'ready' });
    } catch (error) {
      if (!isAborted(error) && !abort.signal.aborted) this.#update({ phase: 'failed', error });
    }
  }

  close(): void {
    this.#reading.abort.abort();
    this.#tail?.close();
    clearTimeout(this.#showTimer);
  }

  /** Leads back to the newest entries and stays there. */
  jumpToNewest(): void {
    this.follow.value = true;
    this.#update({ unseen: 0 });
    if (this.view.value.hasNewer) void this.open(this.#reading.filters);
  }

  loadOlder(): Promise<void> {
    const { hasOlder, loading } = this.view.value;
    if (!hasOlder || loading !== undefined) return Promise.resolve();
    return this.#load('older', async () => {
      const { cursor, endTime } = this.#olderFrom;
      const page = await this.#readPage('desc', cursor, endTime && { end_time: endTime });
      const added = this.buffer.addOlder(page.logs);
      this.#keepOlder(page);
      this.#update({ shift: this.view.value.shift + added });
    });
  }

  loadNewer(): Promise<void> {
    const { hasNewer, loading } = this.view.value;
    if (!hasNewer || loading !== undefined) return Promise.resolve();
    return this.#load('newer', async () => {
      const { cursor, startTime } = this.#newerFrom;
      const page = await this.#readPage('asc', cursor, startTime && { start_time: startTime });
      this.buffer.addNewer(page.logs);
      this.#keepNewer(page);
    });
  }

  async #openNewest(): Promise<void> {
    const page = await this.#readPage('desc');
    this.buffer.addOlder(page.logs);
    this.#keepOlder(page);
    if (this.#reading.filters.end_time === undefined) this.#startTail();
  }

  async #openAround(seq: number): Promise<void> {
    this.follow.value = false;
    const [entry] = await readContext(this.instanceId, seq, 0);
    if (entry === undefined) return this.#openNewest();
    const [older, newer] = await Promise.all([
      this.#readPage('desc', undefined, { end_time: entry.timestamp }),
      this.#readPage('asc', undefined, { start_time: entry.timestamp }),
    ]);
    this.buffer.addOlder(older.logs);
    this.buffer.addNewer(newer.logs);
    this.#keepOlder(older);
    this.#keepNewer(newer);
    if (this.#reading.filters.end_time === undefined) this.#startTail();
  }

  #startTail(): void {
    this.#tail = openTail({
      instanceId: this.instanceId,
      filters: this.#reading.filters,
      onEntries: (entries) => this.#takeLive(entries),
      onGap: (count) => {
        this.skipped.value += count;
      },
      onState: (state) => {
        this.tail.value = state;
      },
      onFreshStart: () => void this.#catchUp(),
    });
  }

  /** Reads what was written between the first page and the start of the tail. */
  async #catchUp(): Promise<void> {
    if (this.view.value.hasNewer) return;
    const { abort } = this.#reading;
    try {
      const page = await this.#readPage('desc');
      if (abort.signal.aborted) return;
      const known = this.buffer.newest?.metadata.seq ?? 0;
      const first = page.logs.at(-1)?.metadata.seq ?? 0;
      if (first > known && page.pagination.has_more) return void this.open(this.#reading.filters);
      this.buffer.addNewer(page.logs.toReversed());
      this.#reachesPresent = true;
      this.#show();
    } catch (error) {
      if (!isAborted(error)) this.#update({ phase: 'failed', error });
    }
  }

  #takeLive(entries: readonly LogEntry[]): void {
    if (this.#pending.length + entries.length > PENDING_ENTRIES_MAX && !this.#reachesPresent) {
      this.#pending = [];
      this.#pendingLost = true;
    } else for (const entry of entries) this.#pending.push(entry);
    this.#showTimer ??= setTimeout(() => this.#show(), SHOW_EVERY_MS);
  }

  #show(): void {
    clearTimeout(this.#showTimer);
    this.#showTimer = undefined;
    const { unseen } = this.view.value;
    const came = this.#pending.length;
    if (!this.#reachesPresent) {
      this.#update({ unseen: unseen + came });
      return;
    }
    this.buffer.addNewer(this.#pending);
    this.#pending = [];
    this.#forgetOldest();
    this.#update({ unseen: this.follow.value ? 0 : unseen + came });
  }

  #forgetOldest(): void {
    const max = this.follow.value ? FOLLOWED_ENTRIES_MAX : HELD_ENTRIES_MAX;
    const { size } = this.buffer;
    if (size <= max * 1.1) return;
    const first = this.buffer.at(size - max);
    if (first === undefined) return;
    const dropped = this.buffer.dropBefore(first.metadata.seq);
    this.#olderFrom = { endTime: first.timestamp };
    this.#update({ shift: this.view.value.shift - dropped, hasOlder: true });
  }

  #readPage(order: 'asc' | 'desc', cursor?: string, bound?: Filters | ''): Promise<Page> {
    const { filters, abort } = this.#reading;
    const bounded = cursor === undefined && bound ? { ...filters, ...bound } : filters;
    const { signal: stop } = abort;
    return readPage(this.instanceId, {
      filters: bounded,
      order,
      limit: PAGE_ENTRIES,
      cursor,
      signal: stop,
    });
  }

  async #load(loading: 'older' | 'newer', read: () => Promise<void>): Promise<void> {
    const { abort } = this.#reading;
    this.#update({ loading });
    try {
      await read();
    } catch (error) {
      if (!isAborted(error)) this.#update({ error });
    } finally {
      if (!abort.signal.aborted) this.#update({ loading: undefined });
    }
  }

  #keepOlder({ pagination }: Page): void {
    const { next_cursor: cursor } = pagination;
    this.#olderFrom = cursor === null ? timeOf('endTime', this.buffer.oldest) : { cursor };
    this.#update({ hasOlder: pagination.has_more, error: undefined });
  }

  #keepNewer({ pagination }: Page): void {
    const { next_cursor: cursor } = pagination;
    this.#newerFrom = cursor === null ? timeOf('startTime', this.buffer.newest) : { cursor };
    const more = pagination.has_more || this.#pendingLost;
    this.#pendingLost = false;
    this.#update({ hasNewer: more, error: undefined });
    if (more) return;
    this.#reachesPresent = true;
    this.#show();
  }

  #reset(filters: Filters): void {
    this.close();
    this.#reading = { filters, abort: new AbortController() };
    this.buffer.clear();
    this.#pending = [];
    this.#pendingLost = false;
    this.#reachesPresent = false;
    this.skipped.value = 0;
    this.view.value = emptyView(this.view.value.generation + 1);
  }

  #update(change: Partial<ModelView>): void {
    this.view.value = { ...this.view.value, ...change, count: this.buffer.size };
  }
}

function timeOf<Key extends string>(key: Key, entry: LogEntry | undefined) {
  return (entry === undefined ? {} : { [key]: entry.timestamp }) as { [name in Key]?: string };
}

function emptyView(generation: number): ModelView {
  return {
    phase: 'loading',
    generation,
    count: 0,
    shift: 0,
    hasOlder: false,
    hasNewer: false,
    loading: undefined,
    unseen: 0,
  };
}
