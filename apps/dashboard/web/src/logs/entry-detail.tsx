import type { LogEntry } from '@mcplog/log-entry';
import { useState } from 'preact/hooks';
import { readContext } from '../api/logs.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { Icon } from '../ui/icons.tsx';
import { InlineError, Loading } from '../ui/states.tsx';
import { clockTime } from '../ui/times.ts';
import { fieldsOf } from './entry-facts.ts';
import { MessageText } from './message-text.tsx';
import { visibleControls } from './text-segments.ts';
import { readAddress, writeAddress } from './view-url.ts';

/** Entries shown before and after one. */
const AROUND = 10;

interface DetailProps {
  readonly entry: LogEntry;
  readonly instanceId: string | undefined;
  readonly search: string;
  readonly filterBy: (metadataName: string, value: string) => void;
}

type Part = 'fields' | 'json' | 'context';

/** Everything about one entry: whole text, fields to filter by, its JSON, what happened around it. */
export function EntryDetail(props: DetailProps) {
  const { entry, instanceId } = props;
  const [part, setPart] = useState<Part>('fields');
  const parts: Part[] =
    instanceId === undefined ? ['fields', 'json'] : ['fields', 'json', 'context'];
  const names = { fields: 'Fields', json: 'JSON', context: 'Context' };
  return (
    <div class="detail">
      <pre class="detail-message">
        <MessageText text={entry.message} search={props.search} />
      </pre>
      <div class="detail-bar">
        <div class="segmented">
          {parts.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={part === one}
              onClick={() => setPart(one)}
            >
              {names[one]}
            </button>
          ))}
        </div>
        <CallLink entry={entry} instanceId={instanceId} />
        <span class="spacer" />
        <CopyButton label="Copy message" text={() => entry.message} />
        <CopyButton label="Copy JSON" text={() => JSON.stringify(entry)} />
        {instanceId !== undefined && <CopyButton label="Copy link" text={() => permalink(entry)} />}
      </div>
      {part === 'fields' && <Fields {...props} />}
      {part === 'json' && (
        <pre class="code-block">{visibleControls(JSON.stringify(entry, undefined, 2))}</pre>
      )}
      {part === 'context' && instanceId !== undefined && (
        <Context entry={entry} instanceId={instanceId} />
      )}
    </div>
  );
}

/** To the call that an entry tells of, or during which it was printed. */
function CallLink({ entry, instanceId }: Pick<DetailProps, 'entry' | 'instanceId'>) {
  const { callId } = entry.metadata;
  if (instanceId === undefined || typeof callId !== 'string') return null;
  const href = `/instances/${instanceId}/calls?call=${encodeURIComponent(callId)}`;
  return (
    <a class="button small" href={href}>
      <Icon name="context" /> Its call
    </a>
  );
}

function Fields({ entry, filterBy }: DetailProps) {
  return (
    <dl class="fields">
      <Field name="timestamp" text={entry.timestamp} />
      <Field name="level" text={entry.level} onFilter={() => filterBy('level', entry.level)} />
      {fieldsOf(entry).map(({ name, text, filterable }) => (
        <Field
          key={name}
          name={name}
          text={text}
          {...(filterable ? { onFilter: () => filterBy(name, text) } : {})}
        />
      ))}
    </dl>
  );
}

function Field({ name, text, onFilter }: { name: string; text: string; onFilter?: () => void }) {
  return (
    <div class="field-line">
      <dt>{visibleControls(name)}</dt>
      <dd>
        {onFilter ? (
          <button type="button" title={`Show only ${name} = ${text}`} onClick={onFilter}>
            <MessageText text={text} search="" />
            <span class="filter-mark">
              <Icon name="filter" />
            </span>
          </button>
        ) : (
          <MessageText text={text} search="" />
        )}
      </dd>
    </div>
  );
}

function Context({ entry, instanceId }: { entry: LogEntry; instanceId: string }) {
  const { seq } = entry.metadata;
  const [around, setAround] = useState<readonly LogEntry[]>();
  const [error, setError] = useState<unknown>();
  const [asked, setAsked] = useState(0);
  if (asked !== seq) {
    setAsked(seq);
    readContext(instanceId, seq, AROUND).then(setAround, setError);
  }
  if (error !== undefined) return <InlineError error={error} />;
  if (around === undefined) return <Loading what="what happened around it" />;
  return (
    <ol class="context" aria-label="Entries around this one">
      {around.map((one) => (
        <li
          key={one.metadata.seq}
          class={`context-line level-${one.level}`}
          aria-current={one.metadata.seq === seq ? 'true' : undefined}
        >
          <time dateTime={one.timestamp}>{clockTime(one.timestamp)}</time>
          <span class="row-level">{one.level}</span>
          <span>
            <MessageText text={one.message.slice(0, 2000)} search="" />
          </span>
        </li>
      ))}
    </ol>
  );
}

/** The address of exactly this view with this entry open. */
function permalink(entry: LogEntry): string {
  const view = { ...readAddress(location.search), seq: entry.metadata.seq };
  return location.origin + location.pathname + writeAddress(view);
}
