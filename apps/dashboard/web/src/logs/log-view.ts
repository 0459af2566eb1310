/** What a log page is set to: its address, its entries, its chart, and what can be done with them. */

import type { LogEntry } from '@mcplog/log-entry';
import type { Histogram } from '@mcplog/protocol';
import { computed, effect, signal, untracked } from '@preact/signals';
import { isAborted } from '../api/client.ts';
import { readHistogram, readPage } from '../api/logs.ts';
import { LogModel } from './log-model.ts';
import { type Filters, keyOfMetadata, parseQuery, withTerm } from './query.ts';
import { type LogAddress, readAddress, SPANS, writeAddress } from './view-url.ts';

const CHART_REFRESH_MS = 10_000;

export type LogView = ReturnType<typeof createLogView>;

/** Makes the state of one log page; call `close` when the page goes away. */
export function createLogView(instanceId: string) {
  const model = new LogModel(instanceId);
  const address = signal<LogAddress>(readAddress(location.search));
  const expanded = signal<ReadonlySet<number>>(new Set());
  const reveal = signal<{ index: number; at: number } | undefined>(undefined);
  const parsed = computed(() => parseQuery(address.value.query));
  const filters = computed(() => ({ ...parsed.value.filters, ...rangeFilters(address.value) }));
  const filterKey = computed(() => JSON.stringify([parsed.value.filters, address.value.range]));

  const change = (next: Partial<LogAddress>) => {
    address.value = { ...address.value, ...next };
    history.replaceState(history.state, '', location.pathname + writeAddress(address.value));
  };
  const showSeq = (seq: number) => {
    const index = model.buffer.indexOfSeq(seq);
    if (model.buffer.at(index)?.metadata.seq === seq)
      reveal.value = { index, at: performance.now() };
  };
  const select = (seq: number | undefined) => {
    change({ seq });
    if (seq === undefined) return;
    model.follow.value = false;
    showSeq(seq);
  };
  const toggle = (entry: LogEntry) => {
    const { seq } = entry.metadata;
    const next = new Set(expanded.value);
    if (!next.delete(seq)) next.add(seq);
    expanded.value = next;
    model.follow.value = false;
    change({ seq });
    showSeq(seq);
  };

  const stop = effect(() => {
    void filterKey.value;
    untracked(() => {
      const { seq } = address.value;
      const first = model.view.value.generation === 0;
      model.follow.value = true;
      if (!first || seq === undefined) return void model.open(filters.value);
      expanded.value = new Set([seq]);
      void model.open(filters.value, seq).then(() => showSeq(seq));
    });
  });
  const chart = createChart(instanceId, { filterKey, filters });
  return {
    instanceId,
    model,
    address,
    expanded,
    reveal,
    problems: computed(() => parsed.value.problems),
    filters,
    chart,
    change,
    select,
    toggle,
    moveSelection: (by: number) => select(neighbour(model, address.value.seq, by)),
    filterBy: (name: string, value: string) => {
      const plain = name === 'level' || name === 'type';
      const key = plain ? name : keyOfMetadata(name);
      change({ query: withTerm(address.value.query, key, value) });
    },
    close: () => {
      stop();
      chart.close();
      model.close();
    },
  };
}

/** The chart's own reading: what the filters show over the chosen time, renewed while it ends now. */
function createChart(
  instanceId: string,
  view: { filterKey: { value: string }; filters: { peek: () => Filters } },
) {
  const data = signal<Histogram['data'] | undefined>(undefined);
  const failed = signal(false);
  let abort = new AbortController();
  const read = async () => {
    abort.abort();
    abort = new AbortController();
    const { signal: ended } = abort;
    try {
      const range = await chartRange(instanceId, view.filters.peek(), ended);
      data.value = range && (await readHistogram(instanceId, range, ended));
      failed.value = false;
    } catch (error) {
      if (!isAborted(error)) failed.value = true;
    }
  };
  const stop = effect(() => {
    void view.filterKey.value;
    void untracked(read);
  });
  const timer = setInterval(() => {
    if (!document.hidden && view.filters.peek().end_time === undefined) void read();
  }, CHART_REFRESH_MS);
  const close = () => {
    stop();
    clearInterval(timer);
    abort.abort();
  };
  return { data, failed, close };
}

/** Without a start the chart begins at the first entry there is; without any entry there is none. */
async function chartRange(
  instanceId: string,
  filters: Filters,
  ended: AbortSignal,
): Promise<Filters | undefined> {
  const end_time = filters.end_time ?? new Date().toISOString();
  if (filters.start_time !== undefined) return { ...filters, end_time };
  const request = { filters: {}, order: 'asc', limit: 1, signal: ended } as const;
  const [first] = (await readPage(instanceId, request)).logs;
  return first && { ...filters, start_time: first.timestamp, end_time };
}

function rangeFilters({ range }: LogAddress): Filters {
  const iso = (ms: number) => new Date(ms).toISOString();
  switch (range.kind) {
    case 'all':
      return {};
    case 'last':
      return { start_time: iso(Date.now() - SPANS[range.span]) };
    case 'window':
      return { start_time: iso(range.fromMs), end_time: iso(range.toMs) };
  }
}

/** The seq of the entry `by` rows further; from nothing, the newest. */
function neighbour({ buffer }: LogModel, seq: number | undefined, by: number): number | undefined {
  const from = seq === undefined ? buffer.size : buffer.indexOfSeq(seq);
  const index = Math.min(Math.max(from + by, 0), buffer.size - 1);
  return (seq === undefined ? buffer.newest : buffer.at(index))?.metadata.seq;
}
