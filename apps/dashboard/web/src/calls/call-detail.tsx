import type { LogEntry } from '@mcplog/log-entry';
import { useCallback } from 'preact/hooks';
import { type CallView, type OpenedCall, readCall } from '../api/calls.ts';
import { MessageText } from '../logs/message-text.tsx';
import { visibleControls } from '../logs/text-segments.ts';
import { Icon } from '../ui/icons.tsx';
import { Failure } from '../ui/states.tsx';
import { byteWords, clockTime, fullTime } from '../ui/times.ts';
import { useAnswer } from '../ui/use-answer.ts';

const MESSAGE_CHARS_MAX = 8000;

/** One call: what is known of it, and what its server printed during it. */
export function CallDetail({ instanceId, callId }: { instanceId: string; callId: string }) {
  const read = useCallback(
    (signal: AbortSignal) => readCall(instanceId, callId, signal),
    [instanceId, callId],
  );
  const { data, error, ask } = useAnswer(read);
  return (
    <div class="call-detail">
      {error !== undefined && <Failure error={error} retry={ask} />}
      {data === undefined && error === undefined && (
        <p class="quiet" role="status">
          Reading what was printed…
        </p>
      )}
      {data && <OpenCall instanceId={instanceId} opened={data} />}
    </div>
  );
}

function OpenCall({ instanceId, opened }: { instanceId: string; opened: OpenedCall }) {
  const { call, printed, ambiguous, has_more } = opened;
  return (
    <>
      <h3>Printed during this call</h3>
      {printed.length === 0 ? (
        <p class="quiet">The server printed nothing.</p>
      ) : (
        <Printed entries={printed} instanceId={instanceId} label="Printed during this call" />
      )}
      {ambiguous.length > 0 && (
        <>
          <h3>Printed while other calls ran too</h3>
          <p class="quiet">Nobody can tell which of the calls these lines belong to.</p>
          <Printed entries={ambiguous} instanceId={instanceId} label="Lines of several calls" />
        </>
      )}
      {has_more && <p class="quiet">There are more lines; the log has them all.</p>}
      <h3>The call</h3>
      <dl class="fields">
        {factsOf(call).map(([name, text]) => (
          <div key={name} class="field-line">
            <dt>{name}</dt>
            <dd>
              <MessageText text={text} search="" />
            </dd>
          </div>
        ))}
      </dl>
      <a class="button small" href={`/instances/${instanceId}?seq=${call.seq}`}>
        <Icon name="context" /> Show in the log
      </a>
    </>
  );
}

interface PrintedProps {
  readonly entries: readonly LogEntry[];
  readonly instanceId: string;
  readonly label: string;
}

function Printed({ entries, instanceId, label }: PrintedProps) {
  return (
    <ol class="context" aria-label={label}>
      {entries.map((entry) => (
        <li key={entry.metadata.seq} class={`context-line level-${entry.level}`}>
          <a
            href={`/instances/${instanceId}?seq=${entry.metadata.seq}`}
            title="Show this line in the log"
          >
            <time dateTime={entry.timestamp}>{clockTime(entry.timestamp)}</time>
          </a>
          <span class="row-level">{entry.level}</span>
          <span class="printed-text">
            <MessageText text={entry.message.slice(0, MESSAGE_CHARS_MAX)} search="" />
          </span>
        </li>
      ))}
    </ol>
  );
}

/** What a person wants to know of a call, in that order; what is not known is left out. */
function factsOf(call: CallView): [string, string][] {
  const bytes = (count: number | null) => (count === null ? null : byteWords(count));
  const code = call.error_code === null ? '' : ` (${call.error_code})`;
  const facts: [string, string | null][] = [
    ['ended', fullTime(Date.parse(call.time))],
    ['method', call.target === null ? call.method : `${call.method} ${call.target}`],
    ['outcome', call.outcome],
    ['asked by', call.direction === 'server' ? 'the server' : null],
    ['reason', call.reason],
    ['error', call.error_message === null ? null : `${call.error_message}${code}`],
    ['request', bytes(call.request_bytes)],
    ['answer', bytes(call.response_bytes)],
    ['arguments', call.arguments],
    ['result', call.result],
    ['request id', call.request_id],
    ['session', call.session_id],
    ['protocol', call.protocol_version],
    ['exchange', call.chain_id === null ? null : `${call.chain_id}, step ${call.chain_step}`],
    ['call', call.call_id],
  ];
  return facts.flatMap(([name, text]) =>
    text === null || text === '' ? [] : [[name, visibleControls(text)] as [string, string]],
  );
}
