import type { InstanceView } from '@mcplog/protocol';
import { useState } from 'preact/hooks';
import { listInstances } from '../api/instances.ts';
import { ConnectDialog } from '../instances/connect.tsx';
import { DeleteInstance } from '../instances/delete-instance.tsx';
import { InstanceRow } from '../instances/instance-row.tsx';
import { NewInstance } from '../instances/new-instance.tsx';
import { Icon } from '../ui/icons.tsx';
import { Failure, Loading, Notice } from '../ui/states.tsx';
import { useAnswer } from '../ui/use-answer.ts';

const REFRESH_MS = 3000;

/** Which window is open over the list. */
type Open = { kind: 'new' } | { kind: 'delete' | 'connect'; instance: InstanceView };

export function InstancesPage() {
  const { data, error, ask } = useAnswer(listInstances, REFRESH_MS);
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  return (
    <div class="page">
      <title>Instances · mcplog</title>
      <div class="page-head">
        <div>
          <h1>Instances</h1>
          {data && data.length > 0 && <p class="page-sub">{stateSummary(data)}</p>}
        </div>
        <button type="button" class="button primary" onClick={() => setOpen({ kind: 'new' })}>
          <Icon name="plus" /> New instance
        </button>
      </div>
      {data === undefined && error === undefined && <Loading what="your instances" />}
      {error !== undefined && <Failure error={error} retry={ask} />}
      {data?.length === 0 && <NoInstances onNew={() => setOpen({ kind: 'new' })} />}
      {data && data.length > 0 && (
        <ul class="instances" aria-label="Your instances">
          {data.map((instance) => (
            <InstanceRow
              key={instance.id}
              instance={instance}
              onChange={ask}
              onConnect={() => setOpen({ kind: 'connect', instance })}
              onDelete={() => setOpen({ kind: 'delete', instance })}
            />
          ))}
        </ul>
      )}
      {open?.kind === 'new' && (
        <NewInstance
          onClose={close}
          onMade={(instance) => {
            ask();
            setOpen({ kind: 'connect', instance });
          }}
        />
      )}
      {open?.kind === 'connect' && <ConnectDialog instance={open.instance} onClose={close} />}
      {open?.kind === 'delete' && (
        <DeleteInstance instance={open.instance} onClose={close} onDeleted={ask} />
      )}
    </div>
  );
}

function NoInstances({ onNew }: { onNew: () => void }) {
  return (
    <Notice icon="plug" title="No MCP server yet">
      <p>
        Make an instance from the catalogue. It starts at once, and everything it says is kept here:
        calls, answers, errors and its own output.
      </p>
      <button type="button" class="button primary" onClick={onNew}>
        <Icon name="plus" /> New instance
      </button>
    </Notice>
  );
}

function stateSummary(instances: readonly InstanceView[]): string {
  const running = instances.filter((one) => one.status === 'running').length;
  const failing = instances.filter((one) => isFailing(one)).length;
  const words = [`${running} of ${instances.length} running`];
  if (failing > 0) words.push(`${failing} in trouble`);
  return words.join(', ');
}

function isFailing({ status }: InstanceView): boolean {
  return status === 'failed' || status === 'backing_off';
}
