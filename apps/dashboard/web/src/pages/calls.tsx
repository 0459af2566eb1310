import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import { readProtocol } from '../api/calls.ts';
import { getInstance } from '../api/instances.ts';
import {
  type CallAddress,
  hasFilters,
  readCallAddress,
  writeCallAddress,
} from '../calls/call-address.ts';
import { CallDetail } from '../calls/call-detail.tsx';
import { CallList, OutcomeChips } from '../calls/call-list.tsx';
import { ProtocolPanel } from '../calls/protocol-panel.tsx';
import { chooseGroup, countOutcomes } from '../calls/tool-groups.ts';
import { ToolTable } from '../calls/tool-table.tsx';
import { useCalls } from '../calls/use-calls.ts';
import { InstanceTabs } from '../instances/instance-tabs.tsx';
import { StatusBadge } from '../instances/status-badge.tsx';
import { SpanPicker, spanWordsOf } from '../logs/range-picker.tsx';
import { visibleControls } from '../logs/text-segments.ts';
import { Icon } from '../ui/icons.tsx';
import { Failure, InlineError, Loading, Notice } from '../ui/states.tsx';
import { useAnswer } from '../ui/use-answer.ts';

const REFRESH_MS = 5000;
const NO_FILTERS = { tool: undefined, method: undefined, outcome: undefined, call: undefined };

type Change = (next: Partial<CallAddress>) => void;

interface PartProps {
  readonly instanceId: string;
  readonly address: CallAddress;
  readonly change: Change;
}

/** The calls of one instance: numbers per tool, then the calls themselves. */
export function CallsPage() {
  const id = useRoute().params.id ?? '';
  return <CallsOf key={id} instanceId={id} />;
}

function CallsOf({ instanceId }: { instanceId: string }) {
  const [address, setAddress] = useState(() => readCallAddress(location.search));
  const change: Change = useCallback((next) => setAddress((now) => ({ ...now, ...next })), []);
  useEffect(() => {
    const target = location.pathname + writeCallAddress(address);
    history.replaceState(history.state, '', target);
  }, [address]);
  return (
    <div class="page calls-page">
      <CallsHead {...{ instanceId, address, change }} />
      <Protocol instanceId={instanceId} />
      <Calls {...{ instanceId, address, change }} />
    </div>
  );
}

function CallsHead({ instanceId, address, change }: PartProps) {
  const read = useCallback(() => getInstance(instanceId), [instanceId]);
  const { data: instance } = useAnswer(read, REFRESH_MS);
  const name = visibleControls(instance?.name ?? instanceId);
  return (
    <div class="log-head calls-head">
      <title>{`Calls of ${name} · mcplog`}</title>
      <nav class="crumbs" aria-label="Where you are">
        <a href="/">Instances</a>
        <span aria-hidden="true">/</span>
        <h1>{name}</h1>
      </nav>
      {instance && <StatusBadge status={instance.status} />}
      {instance && <span class="service">{instance.service}</span>}
      <InstanceTabs instanceId={instanceId} current="calls" />
      <span class="spacer" />
      <SpanPicker span={address.span} onSpan={(span) => change({ span, call: undefined })} />
    </div>
  );
}

/** Left out while nobody knows anything of it: the calls below say what is wrong. */
function Protocol({ instanceId }: { instanceId: string }) {
  const read = useCallback((signal: AbortSignal) => readProtocol(instanceId, signal), [instanceId]);
  const { data } = useAnswer(read, REFRESH_MS);
  return data ? <ProtocolPanel protocol={data} /> : null;
}

function Calls({ instanceId, address, change }: PartProps) {
  const asked = useCalls(instanceId, address);
  const { page, error, ask, calls } = asked;
  if (page === undefined) {
    return error === undefined ? <Loading what="calls" /> : <Failure error={error} retry={ask} />;
  }
  const groups = page.tools ?? [];
  if (groups.length === 0 && calls.length === 0 && !hasFilters(address)) {
    return <NoCalls address={address} change={change} />;
  }
  const count = countOutcomes(groups, address);
  return (
    <>
      {error !== undefined && <InlineError error={error} />}
      {page.sample && groups.length > 0 && (
        <ToolTable
          groups={groups}
          sample={page.sample}
          address={address}
          onChoose={(group) => change(chooseGroup(group, address))}
        />
      )}
      <section class="panel calls-panel" aria-labelledby="calls-title" aria-busy={asked.isStale}>
        <h2 id="calls-title">{listTitle(address)}</h2>
        <OutcomeChips
          counts={count}
          chosen={address.outcome}
          onChoose={(outcome) => change({ outcome, call: undefined })}
        />
        {address.call !== undefined && calls.every((one) => one.call_id !== address.call) && (
          <ElsewhereCall instanceId={instanceId} callId={address.call} change={change} />
        )}
        {calls.length > 0 ? (
          <CallList
            instanceId={instanceId}
            calls={calls}
            opened={address.call}
            onOpen={(call) => change({ call })}
          />
        ) : (
          <NoMatch address={address} change={change} />
        )}
        <ListEnd asked={asked} />
      </section>
    </>
  );
}

/** The call that the address names is not in this list: it is older, or the filters leave it out. */
function ElsewhereCall(props: { instanceId: string; callId: string; change: Change }) {
  const { instanceId, callId, change } = props;
  const box = useRef<HTMLElement>(null);
  useEffect(() => box.current?.scrollIntoView({ block: 'nearest' }), []);
  return (
    <section class="call opened elsewhere" aria-label={`Call ${callId}`} ref={box}>
      <div class="elsewhere-head">
        <span>Call {callId}, which is not in the list below</span>
        <button
          type="button"
          class="icon-button"
          aria-label="Close this call"
          onClick={() => change({ call: undefined })}
        >
          <Icon name="close" />
        </button>
      </div>
      <CallDetail instanceId={instanceId} callId={callId} />
    </section>
  );
}

function listTitle({ tool, method }: CallAddress): string {
  const name = tool ?? method;
  return name === undefined ? 'Calls' : `Calls of ${visibleControls(name)}`;
}

function ListEnd({ asked }: { asked: ReturnType<typeof useCalls> }) {
  const { hasMore, isBusy, isPaused, olderError, page } = asked;
  return (
    <div class="list-end">
      {olderError !== undefined && <InlineError error={olderError} />}
      {hasMore && (
        <button type="button" class="button small" disabled={isBusy} onClick={asked.askOlder}>
          {isBusy ? 'Reading…' : 'Older calls'}
        </button>
      )}
      {isPaused && (
        <button type="button" class="button small" onClick={asked.backToNewest}>
          Back to the newest
        </button>
      )}
      {isPaused && <span class="quiet">New calls are not shown while older ones are.</span>}
      {page !== undefined && page.damaged_lines > 0 && (
        <span class="damaged">{page.damaged_lines} damaged lines were left out.</span>
      )}
    </div>
  );
}

function NoCalls({ address, change }: Omit<PartProps, 'instanceId'>) {
  return (
    <Notice icon="plug" title={`No calls in the ${spanWordsOf(address.span)}`}>
      <p>
        A call appears here when an MCP client has made it and its server has answered. How to
        connect a client is told in the list of instances.
      </p>
      <div class="notice-actions">
        {address.span !== '7d' && (
          <button type="button" class="button" onClick={() => change({ span: '7d' })}>
            Look at the last 7 days
          </button>
        )}
        <a class="button" href="/">
          To your instances
        </a>
      </div>
    </Notice>
  );
}

function NoMatch({ change }: Omit<PartProps, 'instanceId'>) {
  return (
    <div class="no-match">
      <p class="quiet">No call matches.</p>
      <button type="button" class="button small" onClick={() => change(NO_FILTERS)}>
        Show all calls
      </button>
    </div>
  );
}
