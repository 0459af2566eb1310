import { useEffect, useRef } from 'preact/hooks';
import type { CallView } from '../api/calls.ts';
import { durationWords } from '../logs/entry-facts.ts';
import { MessageText } from '../logs/message-text.tsx';
import { visibleControls } from '../logs/text-segments.ts';
import { Icon } from '../ui/icons.tsx';
import { calendarDay, clockTime, countWords } from '../ui/times.ts';
import { CallDetail } from './call-detail.tsx';
import { type OutcomeCount, outcomeWords } from './tool-groups.ts';

interface OutcomeChipsProps {
  readonly counts: readonly OutcomeCount[];
  readonly chosen: string | undefined;
  readonly onChoose: (outcome: string | undefined) => void;
}

/** How calls ended, each a filter. */
export function OutcomeChips({ counts, chosen, onChoose }: OutcomeChipsProps) {
  return (
    <fieldset class="outcome-chips">
      <legend class="visually-hidden">Show calls by outcome</legend>
      {counts.map(({ outcome, count }) => (
        <button
          key={outcome ?? 'all'}
          type="button"
          class={`outcome-chip ${outcome ?? 'all'}`}
          aria-pressed={chosen === outcome}
          onClick={() => onChoose(chosen === outcome ? undefined : outcome)}
        >
          {outcome === undefined ? 'all' : outcomeWords(outcome)}
          <span class="chip-count">{countWords(count)}</span>
        </button>
      ))}
    </fieldset>
  );
}

interface CallListProps {
  readonly instanceId: string;
  readonly calls: readonly CallView[];
  readonly opened: string | undefined;
  readonly onOpen: (callId: string | undefined) => void;
}

/** Calls, newest first; each opens into what was printed during it. */
export function CallList({ instanceId, calls, opened, onOpen }: CallListProps) {
  const list = useRef<HTMLOListElement>(null);
  // A call that the address names is not always among the first.
  useEffect(() => list.current?.querySelector('.opened')?.scrollIntoView({ block: 'center' }), []);
  return (
    <ol class="call-list" aria-label="Calls, newest first" ref={list}>
      {calls.map((call, at) => {
        const { call_id, time } = call;
        const isOpen = call_id === opened;
        const before = calls[at - 1];
        const day = calendarDay(time);
        const isNewDay = before !== undefined && calendarDay(before.time) !== day;
        return (
          <li key={call.seq} class={`call ${isOpen ? 'opened' : ''}`}>
            {isNewDay && <span class="call-day">{day}</span>}
            <CallLine
              call={call}
              isOpen={isOpen}
              onToggle={() => onOpen(isOpen ? undefined : call_id)}
            />
            {isOpen && <CallDetail instanceId={instanceId} callId={call_id} />}
          </li>
        );
      })}
    </ol>
  );
}

function CallLine(props: { call: CallView; isOpen: boolean; onToggle: () => void }) {
  const { call, isOpen } = props;
  const name = visibleControls(call.target ?? call.method);
  const words = call.error_message ?? call.reason;
  return (
    <button type="button" class="call-line" aria-expanded={isOpen} onClick={props.onToggle}>
      <span class="call-chevron">
        <Icon name="chevron" />
      </span>
      <time dateTime={call.time}>{clockTime(call.time)}</time>
      <span class={`outcome ${call.outcome}`}>{outcomeWords(call.outcome)}</span>
      <span class="call-name">
        {name}
        {call.method !== 'tools/call' && call.target !== null && (
          <span class="quiet"> {call.method}</span>
        )}
      </span>
      <span class="call-words">{words !== null && <MessageText text={words} search="" />}</span>
      <span class="call-duration">
        {call.duration_ms === null ? '' : durationWords(call.duration_ms)}
      </span>
    </button>
  );
}
