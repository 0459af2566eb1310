import { countWords } from '../ui/times.ts';
import type { LogModel } from './log-model.ts';
import type { TailState } from './tail.ts';

/** The state of the live tail in words; announced when it changes. */
export function TailBadge({ model }: { model: LogModel }) {
  const state = model.tail.value;
  const skipped = model.skipped.value;
  return (
    <output class={`tail ${state.kind}`} aria-live="polite" title={reasonOf(state)}>
      <span class="tail-dot" aria-hidden="true" />
      {wordsOfState(state)}
      {skipped > 0 && <span class="tail-skipped">{countWords(skipped)} skipped</span>}
    </output>
  );
}

function wordsOfState(state: TailState): string {
  switch (state.kind) {
    case 'off':
      return 'Not live';
    case 'connecting':
      return 'Connecting';
    case 'connected':
      return state.resumed ? 'Live, resumed' : 'Live';
    case 'reconnecting':
      return 'Reconnecting';
    case 'refused':
      return 'Live tail refused';
  }
}

function reasonOf(state: TailState): string {
  switch (state.kind) {
    case 'off':
      return 'The chosen range ends in the past';
    case 'connecting':
      return 'Asking for a live connection';
    case 'connected':
      return state.resumed
        ? 'The connection was lost and continued where it was: nothing is missing'
        : 'New entries appear as they are written';
    case 'reconnecting':
    case 'refused':
      return state.reason;
  }
}
