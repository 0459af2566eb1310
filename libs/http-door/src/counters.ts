/** How often somebody asked within the current window; in memory or in Redis, same promises. */
import type { Redis } from 'ioredis';

export interface Count {
  readonly current: number;
  /** Milliseconds until the window ends. */
  readonly ttl: number;
}

export interface Counters {
  /** Counts one more. The window begins with the first count of a key. */
  add(key: string, windowMs: number): Promise<Count>;
}

const KEYS_MAX = 10_000;

interface Window {
  current: number;
  readonly endsAtMs: number;
}

/** At most `keysMax` keys; the one that was begun longest ago is forgotten first. */
export function memoryCounters(keysMax = KEYS_MAX, now = Date.now): Counters {
  const windows = new Map<string, Window>();
  return {
    add: async (key, windowMs) => {
      const nowMs = now();
      const window = openWindow(windows.get(key), nowMs, windowMs);
      if (windows.get(key) !== window) windows.delete(key);
      window.current += 1;
      windows.set(key, window);
      const oldest = windows.size > keysMax ? windows.keys().next().value : undefined;
      if (oldest !== undefined) windows.delete(oldest);
      return { current: window.current, ttl: window.endsAtMs - nowMs };
    },
  };
}

function openWindow(known: Window | undefined, nowMs: number, windowMs: number): Window {
  return known && known.endsAtMs > nowMs ? known : { current: 0, endsAtMs: nowMs + windowMs };
}

/** One step for Redis, so that a crash between the two leaves no key that never expires. */
const ADD_SCRIPT = `
local current = redis.call('INCR', KEYS[1])
if current == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { current, redis.call('PTTL', KEYS[1]) }`;

export function redisCounters(redis: Redis, prefix: string): Counters {
  return {
    add: async (key, windowMs) => {
      const answer = await redis.eval(ADD_SCRIPT, 1, prefix + key, windowMs);
      const [current, ttl] = answer as [number, number];
      return { current, ttl: Math.max(0, ttl) };
    },
  };
}
