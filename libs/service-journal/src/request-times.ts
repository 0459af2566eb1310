/** Durations kept per route and minute; more are counted but only the first are ranked. */
const SAMPLES_MAX = 10_000;

export interface RouteTimes {
  readonly route: string;
  readonly count: number;
  readonly errors: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

interface Samples {
  readonly durations: number[];
  count: number;
  errors: number;
}

/** Collects request durations by route until they are taken. */
export class RequestTimes {
  #routes = new Map<string, Samples>();

  /** @param status an HTTP status; 500 and above counts as an error */
  add(route: string, durationMs: number, status: number): void {
    const samples = this.#routes.get(route) ?? { durations: [], count: 0, errors: 0 };
    this.#routes.set(route, samples);
    samples.count++;
    if (status >= 500) samples.errors++;
    if (samples.durations.length < SAMPLES_MAX) samples.durations.push(durationMs);
  }

  /** What was collected since the last call, slowest route first. */
  take(): RouteTimes[] {
    const routes = this.#routes;
    this.#routes = new Map();
    return [...routes].map(summarise).toSorted((a, b) => b.p95 - a.p95);
  }
}

function summarise([route, { durations, count, errors }]: [string, Samples]): RouteTimes {
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { route, count, errors, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
