import { setImmediate as nextTurn } from 'node:timers/promises';
import { type LogEntry, parseEntry } from '@mcplog/log-entry';
import type { LogFilter } from '@mcplog/log-query';
import { type LogView, QueryTimeoutError } from '@mcplog/log-store/reader';
import type { CallAnswer, CallSample } from '@mcplog/protocol';
import { CallSummary, type CallWindow } from './call-summary.ts';
import { toCallView } from './call-view.ts';

const LF = 0x0a;
const PRINTED_MAX = 200;
/** Clocks of a call's entry and of its lines differ by what either waited for the other. */
const SLACK_MS = 1_000;

/** Calls have their own type: access lines of servers are text. */
export const CALL_ENTRIES = { file: 'access', types: ['http'] } as const satisfies LogFilter;

export interface SampleOptions {
  readonly window: CallWindow;
  readonly callsMax: number;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** Summarises the newest calls of a window: all of them, unless a limit cuts the sample. */
export async function sampleCalls(
  logs: LogView,
  { window, callsMax, deadlineMs, signal }: SampleOptions,
): Promise<{ summary: CallSummary; cutBy: CallSample['cut_by']; coveredFrom: string }> {
  const summary = new CallSummary(window);
  const { startMs, endMs } = window;
  const filter = { ...CALL_ENTRIES, startMs, endMs };
  let oldest = toIso(endMs);
  try {
    const blocks = logs.lines({ filter, order: 'desc', deadlineMs, signal });
    for await (const block of blocks) {
      for (const entry of entriesOf(block)) {
        if (summary.calls >= callsMax) return { summary, cutBy: 'entries', coveredFrom: oldest };
        summary.add(toCallView(entry));
        oldest = entry.timestamp;
      }
      // Others who ask this service have their turn between blocks of some hundred calls.
      await nextTurn();
    }
  } catch (error) {
    if (!(error instanceof QueryTimeoutError)) throw error;
    return { summary, cutBy: 'time', coveredFrom: oldest };
  }
  return { summary, cutBy: null, coveredFrom: toIso(startMs) };
}

function* entriesOf(block: Buffer): Generator<LogEntry> {
  for (let at = 0; at < block.length; ) {
    const end = block.indexOf(LF, at);
    const stop = end < 0 ? block.length : end;
    const entry = parseEntry(block.toString('utf8', at, stop));
    if (entry !== undefined) yield entry;
    at = stop + 1;
  }
}

export interface CallSearch {
  readonly callId: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** A call with what was printed during it; `undefined` when there is none of that id. */
export async function readCall(
  logs: LogView,
  { callId, ...limits }: CallSearch,
): Promise<CallAnswer['data'] | undefined> {
  const find = (filter: LogFilter, limit: number) =>
    logs.query({ filter, limit, order: 'asc', count: 'none', ...limits });
  const found = await find({ ...CALL_ENTRIES, metadata: { callId } }, 1);
  const [entry] = found.entries;
  if (entry === undefined) return undefined;
  const call = toCallView(entry);
  const endMs = Date.parse(entry.timestamp);
  const startMs = endMs - Math.ceil(call.duration_ms ?? 0);
  const types = ['stderr', 'stdout'] as const;
  const during = { startMs: startMs - SLACK_MS, endMs: endMs + SLACK_MS, types };
  const printed = await find({ ...during, metadata: { callId } }, PRINTED_MAX);
  const ambiguous = await find(
    { startMs, endMs, types, metadata: { callAmbiguous: 'true' } },
    PRINTED_MAX,
  );
  return {
    call,
    printed: printed.entries,
    ambiguous: ambiguous.entries,
    has_more: printed.hasMore || ambiguous.hasMore,
  };
}

export function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
