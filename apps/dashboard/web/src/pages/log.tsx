import { useComputed } from '@preact/signals';
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import { getInstance } from '../api/instances.ts';
import { InstanceTabs } from '../instances/instance-tabs.tsx';
import { StatusBadge } from '../instances/status-badge.tsx';
import { EntryList } from '../logs/entry-list.tsx';
import { ExportDialog } from '../logs/export-dialog.tsx';
import { HelpDialog } from '../logs/help-dialog.tsx';
import { Histogram } from '../logs/histogram.tsx';
import { useKeys } from '../logs/keyboard.ts';
import { createLogView, type LogView } from '../logs/log-view.ts';
import { RangePicker } from '../logs/range-picker.tsx';
import { SearchBar } from '../logs/search-bar.tsx';
import { TailBadge } from '../logs/tail-badge.tsx';
import { Icon, type IconName } from '../ui/icons.tsx';
import { useAnswer } from '../ui/use-answer.ts';

const REFRESH_MS = 5000;

type Open = 'help' | 'export' | undefined;

/** The log of one instance. */
export function LogPage() {
  const id = useRoute().params.id ?? '';
  return <Log key={id} instanceId={id} />;
}

function Log({ instanceId }: { instanceId: string }) {
  const view = useMemo(() => createLogView(instanceId), [instanceId]);
  const [open, setOpen] = useState<Open>();
  useEffect(() => () => view.close(), [view]);
  useKeys(keysOf(view, setOpen));
  return (
    <div class="log-page">
      <LogHead view={view} onOpen={setOpen} />
      <SearchLine view={view} />
      {view.model.view.value.phase !== 'failed' && (
        <Histogram
          data={view.chart.data.value}
          failed={view.chart.failed.value}
          onRange={(fromMs, toMs) => view.change({ range: { kind: 'window', fromMs, toMs } })}
        />
      )}
      <EntryList view={view} />
      {open === 'help' && <HelpDialog onClose={() => setOpen(undefined)} />}
      {open === 'export' && (
        <ExportDialog
          instanceId={instanceId}
          filters={view.filters.value}
          onClose={() => setOpen(undefined)}
        />
      )}
    </div>
  );
}

function LogHead({ view, onOpen }: { view: LogView; onOpen: (open: Open) => void }) {
  const read = useCallback(() => getInstance(view.instanceId), [view]);
  const { data: instance } = useAnswer(read, REFRESH_MS);
  const { wrap, range } = view.address.value;
  const tool = (icon: IconName, label: string, action: () => void) => (
    <button type="button" class="icon-button" title={label} aria-label={label} onClick={action}>
      <Icon name={icon} />
    </button>
  );
  return (
    <div class="log-head">
      <title>{`${instance?.name ?? view.instanceId} · mcplog`}</title>
      <nav class="crumbs" aria-label="Where you are">
        <a href="/">Instances</a>
        <span aria-hidden="true">/</span>
        <h1>{instance?.name ?? view.instanceId}</h1>
      </nav>
      {instance && <StatusBadge status={instance.status} />}
      {instance && <span class="service">{instance.service}</span>}
      <InstanceTabs instanceId={view.instanceId} current="log" />
      <span class="spacer" />
      <TailBadge model={view.model} />
      <RangePicker range={range} onRange={(next) => view.change({ range: next })} />
      <div class="tools">
        <button
          type="button"
          class="icon-button"
          title="Wrap long lines (w)"
          aria-label="Wrap long lines"
          aria-pressed={wrap}
          onClick={() => view.change({ wrap: !wrap })}
        >
          <Icon name="wrap" />
        </button>
        {tool('download', 'Export', () => onOpen('export'))}
        {tool('help', 'Search and keys (?)', () => onOpen('help'))}
      </div>
    </div>
  );
}

function SearchLine({ view }: { view: LogView }) {
  const query = useComputed(() => view.address.value.query);
  return (
    <SearchBar
      query={query.value}
      problems={view.problems.value}
      placeholder="Search text, /regex/, level:error, tool:get_file, meta.key:value"
      onQuery={(next) => view.change({ query: next, seq: undefined })}
    />
  );
}

function keysOf(view: LogView, setOpen: (open: Open) => void) {
  const { model, address } = view;
  const toggleSelected = () => {
    const { seq } = address.value;
    const entry = seq === undefined ? undefined : model.buffer.at(model.buffer.indexOfSeq(seq));
    if (entry && entry.metadata.seq === seq) view.toggle(entry);
  };
  const toggleFollow = () => {
    if (model.follow.value) model.follow.value = false;
    else model.jumpToNewest();
  };
  return {
    '/': () => document.getElementById('search')?.focus(),
    '?': () => setOpen('help'),
    j: () => view.moveSelection(1),
    k: () => view.moveSelection(-1),
    e: toggleSelected,
    f: toggleFollow,
    w: () => view.change({ wrap: !address.value.wrap }),
    Escape: () => view.select(undefined),
  };
}
