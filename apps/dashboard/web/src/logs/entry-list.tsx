import { useMemo, useState } from 'preact/hooks';
import { Icon } from '../ui/icons.tsx';
import { Failure, Loading, Notice } from '../ui/states.tsx';
import { calendarDay, countWords } from '../ui/times.ts';
import { LogRow } from './log-row.tsx';
import type { LogView } from './log-view.ts';
import { useRowClicks } from './row-clicks.ts';
import { VirtualList } from './virtual-list.tsx';

/** As in logs.css, `--row-px`. */
export const ROW_PX = 24;

/** The entries of a log page with every state it can be in. */
export function EntryList({ view }: { view: LogView }) {
  const { phase, error, count } = view.model.view.value;
  if (phase === 'failed') {
    return <Failure error={error} retry={() => void view.model.open(view.filters.value)} />;
  }
  if (phase === 'loading' && count === 0) return <Loading what="entries" />;
  if (count === 0) return <NothingHere view={view} />;
  return <Filled view={view} />;
}

function Filled({ view }: { view: LogView }) {
  const { error, loading } = view.model.view.value;
  const box = useRowClicks<HTMLDivElement>((index) => {
    const entry = view.model.buffer.at(index);
    if (entry) view.toggle(entry);
  });
  return (
    <div ref={box} class={`list-frame${view.address.value.wrap ? ' wrap' : ''}`}>
      <Rows view={view} />
      {loading && (
        <div class={`list-loading ${loading}`} role="status">
          Loading {loading} entries…
        </div>
      )}
      {error !== undefined && <ListError view={view} />}
      <ToNewest view={view} />
    </div>
  );
}

function Rows({ view }: { view: LogView }) {
  const { model, address, expanded, reveal } = view;
  const { count, shift, generation } = model.view.value;
  const { wrap, seq } = address.value;
  const open = expanded.value;
  const search = view.filters.value.search ?? '';
  const [day, setDay] = useState('');
  const actions = useMemo(() => ({ toggle: view.toggle, filterBy: view.filterBy }), [view]);
  return (
    <>
      <VirtualList
        label="Log entries, newest at the bottom"
        count={count}
        shift={shift}
        generation={generation}
        rowPx={ROW_PX}
        layout={wrap ? 'wrap' : 'plain'}
        follow={model.follow}
        reveal={reveal.value}
        onNearStart={() => void model.loadOlder()}
        onNearEnd={() => void model.loadNewer()}
        onFirstSeen={(index) => setDay(calendarDay(model.buffer.at(index)?.timestamp ?? ''))}
        drawRow={(index) => {
          const entry = model.buffer.at(index);
          return (
            entry && (
              <LogRow
                key={entry.metadata.seq}
                entry={entry}
                index={index}
                count={count}
                search={search}
                wrap={wrap}
                selected={entry.metadata.seq === seq}
                expanded={open.has(entry.metadata.seq)}
                instanceId={view.instanceId}
                actions={actions}
              />
            )
          );
        }}
      />
      {day !== '' && !model.follow.value && <div class="list-day">{day}</div>}
    </>
  );
}

/** Older or newer entries that could not be read; the rest stays. */
function ListError({ view }: { view: LogView }) {
  const again = () => {
    void view.model.loadOlder();
    void view.model.loadNewer();
  };
  return (
    <div class="list-error" role="alert">
      Some entries could not be read.
      <button type="button" class="button small" onClick={again}>
        Try again
      </button>
    </div>
  );
}

function ToNewest({ view }: { view: LogView }) {
  const { unseen } = view.model.view.value;
  if (view.model.follow.value) return null;
  return (
    <button type="button" class="to-newest" onClick={() => view.model.jumpToNewest()}>
      <Icon name="down" />
      {unseen > 0 ? `${countWords(unseen)} new` : 'Newest'}
    </button>
  );
}

function NothingHere({ view }: { view: LogView }) {
  const isFiltered = Object.keys(view.filters.value).length > 0;
  if (!isFiltered) {
    return (
      <Notice icon="context" title="Nothing logged yet">
        <p>
          As soon as this server says something or a client calls it, it appears here by itself.
        </p>
      </Notice>
    );
  }
  return (
    <Notice icon="search" title="No entry matches">
      <p>New entries that match appear here by themselves.</p>
      <button
        type="button"
        class="button"
        onClick={() => view.change({ query: '', range: { kind: 'all' } })}
      >
        Clear search and range
      </button>
    </Notice>
  );
}
