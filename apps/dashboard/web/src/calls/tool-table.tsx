import { useState } from 'preact/hooks';
import type { Sample, ToolGroup } from '../api/calls.ts';
import { durationWords } from '../logs/entry-facts.ts';
import { visibleControls } from '../logs/text-segments.ts';
import { Icon } from '../ui/icons.tsx';
import { agoWords, countWords, fullTime } from '../ui/times.ts';
import type { CallAddress } from './call-address.ts';
import { Sparkline } from './sparkline.tsx';
import { isChosen, outcomeWords, shareWords } from './tool-groups.ts';

/** Rows at first; the rest on request. */
const ROWS_MAX = 12;

interface ToolTableProps {
  readonly groups: readonly ToolGroup[];
  readonly sample: Sample;
  readonly address: CallAddress;
  readonly onChoose: (group: ToolGroup) => void;
}

/** One row per tool, prompt or method: how often, how well, how fast. */
export function ToolTable({ groups, sample, address, onChoose }: ToolTableProps) {
  const [showsAll, setShowsAll] = useState(false);
  const shown = showsAll
    ? groups
    : groups.filter((group, at) => at < ROWS_MAX || isChosen(group, address));
  return (
    <section class="panel tools-panel" aria-labelledby="tools-title">
      <h2 id="tools-title">Tools and methods</h2>
      <SampleNote sample={sample} />
      <table class="tool-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Over time</th>
            <th scope="col">Calls</th>
            <th scope="col">Failed</th>
            <th scope="col">p50</th>
            <th scope="col">p95</th>
            <th scope="col">p99</th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((group) => (
            <ToolRow
              key={`${group.direction} ${group.method} ${group.target}`}
              group={group}
              chosen={isChosen(group, address)}
              onChoose={() => onChoose(group)}
            />
          ))}
        </tbody>
      </table>
      {shown.length < groups.length && (
        <button type="button" class="button small more-rows" onClick={() => setShowsAll(true)}>
          Show all {groups.length}
        </button>
      )}
    </section>
  );
}

/** Where a limit cut what the numbers are of. */
function SampleNote({ sample }: { sample: Sample }) {
  const { is_complete, cut_by, calls, covered_from, groups_left_out } = sample;
  const since = fullTime(Date.parse(covered_from));
  const why = cut_by === 'time' ? ', which is what could be read in time' : '';
  return (
    <>
      {!is_complete && (
        <p class="sample-note" role="note">
          <Icon name="warning" />
          <span>
            These numbers are of the newest {countWords(calls)} calls only, those since {since}
            {why}. Choose a shorter time for whole numbers.
          </span>
        </p>
      )}
      {groups_left_out > 0 && (
        <p class="sample-note" role="note">
          <Icon name="warning" />
          <span>{countWords(groups_left_out)} names with fewer calls are left out.</span>
        </p>
      )}
    </>
  );
}

function ToolRow(props: { group: ToolGroup; chosen: boolean; onChoose: () => void }) {
  const { group, chosen } = props;
  const { method, target, direction, count, failed, counts, failures } = group;
  const name = visibleControls(target ?? method);
  const time = (ms: number | null) => (ms === null ? '–' : durationWords(ms));
  return (
    <tr class={chosen ? 'chosen' : undefined}>
      <th scope="row">
        <button
          type="button"
          class="tool-name"
          aria-pressed={chosen}
          title={chosen ? 'Show all calls' : `Show only calls of ${name}`}
          onClick={props.onChoose}
        >
          {name}
        </button>
        <span class="tool-kind">
          {direction === 'server' && 'asked by the server '}
          {target !== null && method !== 'tools/call' && method}
        </span>
      </th>
      <td class="cell-trend">
        <Sparkline counts={counts} failures={failures} />
      </td>
      <td data-name="calls">{countWords(count)}</td>
      <td data-name="failed" title={outcomesWords(group)}>
        <span class={failed > 0 ? 'failed-share' : 'quiet'}>
          {failed > 0 ? `${countWords(failed)} (${shareWords(group.error_rate)})` : '0'}
        </span>
      </td>
      <td data-name="p50">{time(group.p50_ms)}</td>
      <td data-name="p95">{time(group.p95_ms)}</td>
      <td data-name="p99">{time(group.p99_ms)}</td>
      <td data-name="last" class="quiet">
        {agoWords(group.last_time)}
      </td>
    </tr>
  );
}

function outcomesWords({ outcomes }: ToolGroup): string {
  return Object.entries(outcomes)
    .map(([outcome, count]) => `${outcomeWords(outcome)} ${countWords(count)}`)
    .join(', ');
}
