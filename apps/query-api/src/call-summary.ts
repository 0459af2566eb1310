import type { CallGroup, CallView } from '@mcplog/protocol';
import { isFailed } from './call-view.ts';

const GROUPS_MAX = 200;
/** Groups that are counted at all: names of tools are a server's choice. */
const GROUPS_COUNTED_MAX = 5000;
/** Outcomes of calls that were never answered; how long they took says when somebody gave up. */
const WITHOUT_ANSWER = new Set(['timeout', 'cancelled', 'unanswered']);

export interface CallWindow {
  /** Inclusive, milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  readonly buckets: number;
}

interface Group {
  readonly direction: CallGroup['direction'];
  readonly method: string;
  readonly target: string | null;
  readonly outcomes: Map<string, number>;
  readonly durationsMs: number[];
  readonly counts: number[];
  readonly failures: number[];
  count: number;
  failed: number;
  lastTime: string;
}

/** Counts calls per tool, prompt or method. */
export class CallSummary {
  readonly #window: CallWindow;
  readonly #groups = new Map<string, Group>();
  #leftOut = 0;
  calls = 0;

  constructor(window: CallWindow) {
    this.#window = window;
  }

  get bucketMs(): number {
    const { startMs, endMs, buckets } = this.#window;
    return (endMs + 1 - startMs) / buckets;
  }

  add(call: CallView): void {
    this.calls++;
    const group = this.#groupOf(call);
    if (group === undefined) return;
    const { outcome, time, duration_ms } = call;
    group.count++;
    group.outcomes.set(outcome, (group.outcomes.get(outcome) ?? 0) + 1);
    if (time > group.lastTime) group.lastTime = time;
    const place = this.#bucketOf(Date.parse(time));
    group.counts[place] = (group.counts[place] ?? 0) + 1;
    if (isFailed(outcome)) {
      group.failed++;
      group.failures[place] = (group.failures[place] ?? 0) + 1;
    }
    if (duration_ms !== null && !WITHOUT_ANSWER.has(outcome)) group.durationsMs.push(duration_ms);
  }

  /** Most calls first, and how many groups there were beyond those. */
  finish(): { groups: CallGroup[]; leftOut: number } {
    const nameOf = ({ method, target }: Group) => `${method} ${target ?? ''}`;
    const all = [...this.#groups.values()].sort(
      (a, b) => b.count - a.count || nameOf(a).localeCompare(nameOf(b)),
    );
    return {
      groups: all.slice(0, GROUPS_MAX).map(toGroup),
      leftOut: this.#leftOut + Math.max(0, all.length - GROUPS_MAX),
    };
  }

  #groupOf({ direction, method, target }: CallView): Group | undefined {
    // A resource is one of any number: they are counted together.
    const named = method === 'tools/call' || method === 'prompts/get' ? target : null;
    const key = JSON.stringify([direction, method, named]);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    if (this.#groups.size >= GROUPS_COUNTED_MAX) {
      this.#leftOut++;
      return undefined;
    }
    const { buckets } = this.#window;
    const group: Group = {
      direction,
      method,
      target: named,
      outcomes: new Map(),
      durationsMs: [],
      counts: new Array<number>(buckets).fill(0),
      failures: new Array<number>(buckets).fill(0),
      count: 0,
      failed: 0,
      lastTime: '',
    };
    this.#groups.set(key, group);
    return group;
  }

  #bucketOf(ms: number): number {
    const { startMs, buckets } = this.#window;
    const place = Math.floor((ms - startMs) / this.bucketMs);
    return Math.min(Math.max(place, 0), buckets - 1);
  }
}

/** The value at `part` of 1 of sorted numbers, by nearest rank; null of none. */
export function percentile(sorted: readonly number[], part: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null;
}

function toGroup(group: Group): CallGroup {
  const sorted = group.durationsMs.toSorted((a, b) => a - b);
  const { direction, method, target, count, failed, counts, failures } = group;
  return {
    direction,
    method,
    target,
    count,
    outcomes: Object.fromEntries(group.outcomes),
    failed,
    error_rate: failed / count,
    p50_ms: percentile(sorted, 0.5),
    p95_ms: percentile(sorted, 0.95),
    p99_ms: percentile(sorted, 0.99),
    max_ms: sorted.at(-1) ?? null,
    last_time: group.lastTime,
    counts,
    failures,
  };
}
