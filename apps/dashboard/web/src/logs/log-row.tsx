import type { LogEntry } from '@mcplog/log-entry';
import { useMemo } from 'preact/hooks';
import { Icon } from '../ui/icons.tsx';
import { clockTime } from '../ui/times.ts';
import { EntryDetail } from './entry-detail.tsx';
import { factsOf } from './entry-facts.ts';
import { MessageText } from './message-text.tsx';
import { visibleControls } from './text-segments.ts';

/** A row shows this much of a message; opening it shows all. */
const ROW_CHARS_MAX = 1200;
const WRAPPED_CHARS_MAX = 6000;

export interface RowActions {
  readonly toggle: (entry: LogEntry) => void;
  readonly filterBy: (metadataName: string, value: string) => void;
}

export interface RowProps {
  readonly entry: LogEntry;
  readonly index: number;
  readonly count: number;
  readonly search: string;
  readonly wrap: boolean;
  readonly selected: boolean;
  readonly expanded: boolean;
  /** Absent for system logs, which have no context to read. */
  readonly instanceId?: string | undefined;
  readonly actions: RowActions;
}

/** One entry: a line that opens into its details. */
export function LogRow(props: RowProps) {
  const { entry, index, search, wrap, selected, expanded, actions } = props;
  const state = `${selected ? ' selected' : ''}${expanded ? ' expanded' : ''}`;
  // The same object again tells Preact to leave the line alone, which is what scrolling costs.
  const ofSystem = props.instanceId === undefined;
  const line = useMemo(
    () => <RowLine {...{ entry, search, wrap, selected, expanded, actions, ofSystem }} />,
    [entry, search, wrap, selected, expanded, actions, ofSystem],
  );
  return (
    <li
      class={`row level-${entry.level}${state}`}
      data-index={index}
      aria-posinset={index + 1}
      aria-setsize={props.count}
      aria-current={selected ? 'true' : undefined}
    >
      {line}
      {expanded && (
        <EntryDetail
          entry={entry}
          instanceId={props.instanceId}
          search={search}
          filterBy={actions.filterBy}
        />
      )}
    </li>
  );
}

type LineProps = Omit<RowProps, 'index' | 'count' | 'instanceId'> & {
  /** A system log's entry: which app speaks says more than the stream. */
  readonly ofSystem: boolean;
};

function RowLine(props: LineProps) {
  const { entry, selected, expanded, actions } = props;
  return (
    <div class="row-line" data-seq={entry.metadata.seq}>
      <button
        type="button"
        class="row-open"
        tabIndex={selected ? 0 : -1}
        aria-expanded={expanded}
        aria-label={expanded ? 'Close entry' : 'Open entry'}
        onClick={() => actions.toggle(entry)}
      >
        <Icon name="chevron" />
      </button>
      <time class="row-time" dateTime={entry.timestamp} title={entry.timestamp}>
        {clockTime(entry.timestamp)}
      </time>
      <span class="row-level">{entry.level}</span>
      <RowSource {...props} />
      <RowMessage {...props} />
    </div>
  );
}

function RowSource({ entry, actions, ofSystem }: LineProps) {
  const facts = factsOf(entry);
  const source = ofSystem ? entry.metadata.service : facts.source;
  const sourceKey = ofSystem ? 'service' : facts.sourceKey;
  return (
    <button
      type="button"
      class="row-source"
      tabIndex={-1}
      title={`Show only ${source}`}
      onClick={() => actions.filterBy(sourceKey, source)}
    >
      {visibleControls(source)}
    </button>
  );
}

function RowMessage({ entry, search, wrap }: LineProps) {
  const { outcome, duration } = factsOf(entry);
  const max = wrap ? WRAPPED_CHARS_MAX : ROW_CHARS_MAX;
  const text = wrap ? entry.message : entry.message.trimEnd();
  const lines = wrap ? 1 : text.split('\n').length;
  const shown = wrap ? text : (text.split('\n', 1)[0] ?? '');
  return (
    <span class="row-text">
      {outcome && <span class={`outcome ${outcome}`}>{outcome.replaceAll('_', ' ')}</span>}
      <span class="row-message">
        <MessageText text={shown.slice(0, max)} search={search} />
        {shown.length > max && <span class="more">… {shown.length - max} more characters</span>}
      </span>
      {lines > 1 && <span class="more lines">+{lines - 1} lines</span>}
      {duration && <span class="row-duration">{duration}</span>}
    </span>
  );
}
