import type { InstanceView, WRAP_SERVICE } from '@mcplog/protocol';
import { useState } from 'preact/hooks';
import { actOnInstance, type InstanceAction } from '../api/instances.ts';
import { visibleControls } from '../logs/text-segments.ts';
import { Icon, type IconName } from '../ui/icons.tsx';
import { InlineError } from '../ui/states.tsx';
import { agoWords } from '../ui/times.ts';
import { StatusBadge } from './status-badge.tsx';

/** Only the type is imported: the value would bring the whole protocol into the page. */
const WRAPPED: typeof WRAP_SERVICE = 'wrap';

/** One instance: its state, what it last complained about, and what can be done with it. */
export function InstanceRow(props: {
  instance: InstanceView;
  onChange: () => void;
  onConnect: () => void;
  onDelete: () => void;
}) {
  const { instance } = props;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const act = (action: InstanceAction) => {
    setBusy(true);
    setError(undefined);
    actOnInstance(instance.id, action)
      .then(props.onChange, setError)
      .finally(() => setBusy(false));
  };
  const button = (icon: IconName, label: string, onClick: () => void) => (
    <button
      type="button"
      class="icon-button"
      title={label}
      aria-label={`${label} ${instance.name}`}
      disabled={busy}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
  // A wrapped server runs where its owner started it.
  const isOurs = instance.service !== WRAPPED;
  return (
    <li class="instance">
      <StatusBadge status={instance.status} />
      <div class="instance-name">
        <a href={`/instances/${instance.id}`}>{visibleControls(instance.name)}</a>
        <span class="service">{instance.service}</span>
      </div>
      <InstanceFacts instance={instance} />
      <div class="instance-actions">
        {isOurs && instance.desired === 'stopped' && button('play', 'Start', () => act('start'))}
        {instance.desired === 'running' && button('restart', 'Restart', () => act('restart'))}
        {instance.desired === 'running' && button('stop', 'Stop', () => act('stop'))}
        {isOurs && button('plug', 'Connect a client to', props.onConnect)}
        {button('trash', 'Delete', props.onDelete)}
      </div>
      {error !== undefined && <InlineError error={error} />}
    </li>
  );
}

function sinceWords(status: InstanceView['status'], changedAt: string): string {
  const ago = agoWords(changedAt);
  return status === 'running' ? `up ${ago.replace(' ago', '')}` : ago;
}

function InstanceFacts({ instance }: { instance: InstanceView }) {
  const { last_error, last_exit, changed_at, pid, status } = instance;
  const since = changed_at === null ? '' : sinceWords(status, changed_at);
  const trouble = last_error ?? (status === 'running' ? null : last_exit);
  return (
    <div class="instance-facts">
      {trouble === null ? (
        <span class="quiet">No errors</span>
      ) : (
        <span
          class={`last-error ${last_error === null ? 'exit' : ''}`}
          title={visibleControls(trouble)}
        >
          {visibleControls(trouble)}
        </span>
      )}
      <span class="quiet facts-line">
        {[since, pid === null ? '' : `pid ${pid}`].filter((part) => part !== '').join(' · ')}
      </span>
    </div>
  );
}
