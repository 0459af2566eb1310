/** Whether answers have become slower, from the entries `request_times` of performance.log. */

/** Metadata of one entry: one route in one minute. */
export interface RouteSample {
  readonly service: string;
  readonly route: string;
  readonly count: number;
  /** Milliseconds. */
  readonly p95: number;
}

/** Requests a route needs in each stretch before anything is said about it. */
const REQUESTS_MIN = 20;
/** Slower by this factor and by this much: a route that went from 2 to 4 ms is no trouble. */
const SLOWER_FACTOR = 1.5;
const SLOWER_MS = 20;

interface RouteSum {
  count: number;
  weighted: number;
}

/**
 * Compares, route by route, the mean p95 (weighted by requests) and lets the routes that are used
 * now weigh as much as they are used. Null when no route was used enough in both stretches.
 */
export function comparesWorse(
  recent: readonly RouteSample[],
  before: readonly RouteSample[],
): boolean | null {
  const now = sumByRoute(recent);
  const then = sumByRoute(before);
  let nowMs = 0;
  let thenMs = 0;
  let requests = 0;
  for (const [route, sum] of now) {
    const earlier = then.get(route);
    if (earlier === undefined) continue;
    if (sum.count < REQUESTS_MIN || earlier.count < REQUESTS_MIN) continue;
    requests += sum.count;
    nowMs += sum.weighted;
    thenMs += (earlier.weighted / earlier.count) * sum.count;
  }
  if (requests === 0) return null;
  return nowMs > thenMs * SLOWER_FACTOR && (nowMs - thenMs) / requests > SLOWER_MS;
}

function sumByRoute(samples: readonly RouteSample[]): Map<string, RouteSum> {
  const sums = new Map<string, RouteSum>();
  for (const { service, route, count, p95 } of samples) {
    if (!Number.isFinite(count) || !Number.isFinite(p95)) continue;
    const key = `${service} ${route}`;
    const sum = sums.get(key) ?? { count: 0, weighted: 0 };
    sums.set(key, { count: sum.count + count, weighted: sum.weighted + p95 * count });
  }
  return sums;
}
