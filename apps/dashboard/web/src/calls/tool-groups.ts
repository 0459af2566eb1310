import type { ToolGroup } from '../api/calls.ts';
import type { CallAddress } from './call-address.ts';

/** Outcomes in the order in which they are told. */
const OUTCOMES = [
  'ok',
  'input_required',
  'suspected_error',
  'tool_error',
  'rpc_error',
  'timeout',
  'cancelled',
  'unanswered',
];
const WELL = new Set(['ok', 'input_required']);

export interface OutcomeCount {
  /** An outcome, `not_ok` for all that are neither ok nor input_required, or undefined for all. */
  readonly outcome: string | undefined;
  readonly count: number;
}

/** The row of the table that the address chooses. */
export function isChosen({ method, target }: ToolGroup, { tool, ...address }: CallAddress) {
  if (tool !== undefined) return method === 'tools/call' && target === tool;
  return address.method !== undefined && method === address.method && method !== 'tools/call';
}

/** What the address becomes when a row is chosen, or chosen again. */
export function chooseGroup(group: ToolGroup, address: CallAddress): CallAddress {
  const none = { ...address, tool: undefined, method: undefined, call: undefined };
  if (isChosen(group, address)) return none;
  const { method, target } = group;
  return method === 'tools/call' && target !== null
    ? { ...none, tool: target }
    : { ...none, method };
}

/** How many calls ended in each way, over the chosen rows or all. */
export function countOutcomes(groups: readonly ToolGroup[], address: CallAddress): OutcomeCount[] {
  const chosen = groups.filter((group) => isChosen(group, address));
  const isFiltered = address.tool !== undefined || address.method !== undefined;
  const counts = new Map<string, number>();
  for (const { outcomes } of isFiltered ? chosen : groups) {
    for (const [outcome, count] of Object.entries(outcomes)) {
      counts.set(outcome, (counts.get(outcome) ?? 0) + count);
    }
  }
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const well = [...counts].reduce((sum, [name, count]) => sum + (WELL.has(name) ? count : 0), 0);
  const named = OUTCOMES.flatMap((outcome) => {
    const count = counts.get(outcome) ?? 0;
    return count > 0 || address.outcome === outcome ? [{ outcome, count }] : [];
  });
  return [{ outcome: undefined, count: all }, { outcome: 'not_ok', count: all - well }, ...named];
}

export function outcomeWords(outcome: string): string {
  return outcome === 'not_ok' ? 'not ok' : outcome.replaceAll('_', ' ');
}

/** `12 %`, `0.4 %`; what is there never reads as nothing. */
export function shareWords(part: number): string {
  if (part === 0) return '0 %';
  const percent = part * 100;
  if (percent < 0.1) return '< 0.1 %';
  return `${percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent)} %`;
}
