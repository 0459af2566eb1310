import { type LogEntry, SYSTEM_CATEGORIES, SYSTEM_LEVELS } from '@mcplog/log-entry';
import type { SystemLogQuery } from '@mcplog/protocol';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { readSystemLogs, type SystemLogs } from '../api/administration.ts';
import { isAborted } from '../api/client.ts';
import { LogRow } from '../logs/log-row.tsx';
import { useRowClicks } from '../logs/row-clicks.ts';
import { Icon } from '../ui/icons.tsx';
import { Failure, Loading, Notice } from '../ui/states.tsx';
import { countWords } from '../ui/times.ts';

const RANGES = {
  '1h': 'Last hour',
  '6h': 'Last 6 hours',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
} as const;
const PAGE_ENTRIES = 100;
const PAUSE_MS = 250;

/** What the system says about itself, by category. */
export function SystemLogsPage() {
  const [query, setQuery] = useState<SystemLogQuery>({ time_range: '24h' });
  const { answer, entries, error, busy, more, again } = useSystemLogs(query);
  const change = (next: { [Name in keyof SystemLogQuery]: SystemLogQuery[Name] | undefined }) =>
    setQuery((old) => withoutUndefined({ ...old, ...next }));
  return (
    <div class="page">
      <title>System logs · mcplog</title>
      <div class="page-head">
        <h1>System logs</h1>
        <button type="button" class="button" disabled={busy} onClick={again}>
          <Icon name="restart" /> Refresh
        </button>
      </div>
      <Controls query={query} change={change} />
      {answer && <Summary answer={answer} />}
      {error !== undefined && <Failure error={error} retry={again} />}
      {answer === undefined && error === undefined && <Loading what="system logs" />}
      {answer && entries.length === 0 && (
        <Notice icon="search" title="No entry matches">
          <p>Try another category, level or time range.</p>
        </Notice>
      )}
      {entries.length > 0 && <Entries entries={entries} query={query} change={change} />}
      {answer?.next_cursor && (
        <button type="button" class="button load-more" disabled={busy} onClick={more}>
          {busy ? 'Loading…' : 'Load older entries'}
        </button>
      )}
    </div>
  );
}

type Change = (
  next: {
    readonly [Name in keyof SystemLogQuery]: SystemLogQuery[Name] | undefined;
  },
) => void;

function Controls({ query, change }: { query: SystemLogQuery; change: Change }) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const search = (text: string) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => change({ search: text || undefined }), PAUSE_MS);
  };
  const tab = (category: SystemLogQuery['category'], name: string) => (
    <button
      key={name}
      type="button"
      aria-pressed={query.category === category}
      onClick={() => change({ category })}
    >
      {name}
    </button>
  );
  return (
    <search class="system-controls">
      <fieldset class="segmented scroll">
        <legend class="visually-hidden">Category</legend>
        {tab(undefined, 'all')}
        {SYSTEM_CATEGORIES.map((category) => tab(category, category))}
      </fieldset>
      <div class="search-box">
        <Icon name="search" />
        <input
          type="text"
          placeholder="Search every system log"
          aria-label="Search"
          maxLength={1024}
          spellcheck={false}
          onInput={(event) => search(event.currentTarget.value)}
        />
      </div>
      <select
        aria-label="Level"
        value={query.level ?? ''}
        onChange={(event) =>
          change({ level: SYSTEM_LEVELS.find((one) => one === event.currentTarget.value) })
        }
      >
        <option value="">Every level</option>
        {SYSTEM_LEVELS.map((level) => (
          <option key={level} value={level}>
            {level}
          </option>
        ))}
      </select>
      <select
        aria-label="Time range"
        value={query.time_range ?? '24h'}
        onChange={(event) =>
          change({ time_range: event.currentTarget.value as keyof typeof RANGES })
        }
      >
        {Object.entries(RANGES).map(([range, words]) => (
          <option key={range} value={range}>
            {words}
          </option>
        ))}
      </select>
    </search>
  );
}

function Summary({ answer: { summary, trends } }: { answer: SystemLogs }) {
  const degraded = trends.performance_degradation;
  const figures = [
    { name: 'Entries', value: countWords(summary.total_entries), tone: '' },
    { name: 'Errors', value: countWords(summary.error_count), tone: 'error' },
    { name: 'Warnings', value: countWords(summary.warning_count), tone: 'warn' },
    { name: 'Critical', value: countWords(summary.critical_alerts), tone: 'critical' },
    { name: 'Error rate', value: `${(trends.error_rate * 100).toFixed(1)} %`, tone: '' },
    { name: 'Security incidents', value: countWords(trends.security_incidents), tone: 'warn' },
    {
      name: 'Performance',
      value: degraded === null ? 'unknown' : degraded ? 'degraded' : 'steady',
      tone: degraded ? 'error' : '',
    },
  ];
  return (
    <dl class="summary">
      {figures.map(({ name, value, tone }) => (
        <div key={name} class={value === '0' ? '' : tone}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Entries(props: { entries: readonly LogEntry[]; query: SystemLogQuery; change: Change }) {
  const { entries, query, change } = props;
  const [open, setOpen] = useState<ReadonlySet<LogEntry>>(new Set());
  const toggle = (entry: LogEntry) => {
    const next = new Set(open);
    if (!next.delete(entry)) next.add(entry);
    setOpen(next);
  };
  const box = useRowClicks<HTMLOListElement>((index) => {
    const entry = entries[index];
    if (entry) toggle(entry);
  });
  const filterBy = (name: string, value: string) => {
    if (name === 'level') change({ level: SYSTEM_LEVELS.find((one) => one === value) });
    else change({ search: value });
  };
  return (
    <ol ref={box} class="panel system-entries" aria-label="System log entries, newest first">
      {entries.map((entry, index) => (
        <LogRow
          key={`${entry.metadata.seq} ${entry.metadata.category}`}
          entry={entry}
          index={index}
          count={entries.length}
          search={query.search ?? ''}
          wrap={true}
          selected={false}
          expanded={open.has(entry)}
          actions={{ toggle, filterBy }}
        />
      ))}
    </ol>
  );
}

/** Reads page after page of one query; a new query starts over. */
function useSystemLogs(query: SystemLogQuery) {
  const [pages, setPages] = useState<readonly SystemLogs[]>([]);
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const running = useRef(new AbortController());
  const read = useCallback(
    async (cursor: string | undefined) => {
      running.current.abort();
      running.current = new AbortController();
      const { signal } = running.current;
      setBusy(true);
      setError(undefined);
      try {
        const asked = { ...query, limit: PAGE_ENTRIES };
        const page = await readSystemLogs(cursor ? { ...asked, cursor } : asked, signal);
        setPages((old) => (cursor === undefined ? [page] : [...old, page]));
      } catch (reason) {
        if (isAborted(reason)) return;
        setError(reason);
      }
      setBusy(false);
    },
    [query],
  );
  useEffect(() => {
    void read(undefined);
    return () => running.current.abort();
  }, [read]);
  const entries = useMemo(() => pages.flatMap((page) => page.logs), [pages]);
  const last = pages.at(-1);
  return {
    answer: last && { ...last, summary: pages[0]?.summary ?? last.summary },
    entries,
    error,
    busy,
    more: () => void read(last?.next_cursor ?? undefined),
    again: () => void read(undefined),
  };
}

function withoutUndefined(query: object): SystemLogQuery {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}
