/**
 * The store behind the rate limits: Redis while it answers, memory while it does not. A limit that
 * is counted per process for a while is better than an API that fails with its cache.
 */
import type fastifyRateLimit from '@fastify/rate-limit';
import type { Logger } from '@mcplog/service-host';
import { Redis } from 'ioredis';
import { type Counters, memoryCounters, redisCounters } from './counters.ts';

const COMMAND_TIMEOUT_MS = 250;
/** How long memory counts after a failure before Redis is asked again. */
const REST_MS = 2_000;
const RECONNECT_MS_MAX = 5_000;

export type LimitBackend = 'memory' | 'redis';

export interface LimitStore {
  readonly counters: Counters;
  /** What counts right now; shown by health. */
  backend(): LimitBackend;
  close(): void;
}

export interface LimitStoreOptions {
  readonly redisUrl?: string | undefined;
  /** Before every key in Redis. */
  readonly prefix: string;
  readonly log: Logger;
  readonly restMs?: number;
}

/** Waits for the first answer of Redis, 2 s at most; the store works in either case. */
export async function openLimitStore(options: LimitStoreOptions): Promise<LimitStore> {
  const memory = memoryCounters();
  if (options.redisUrl === undefined) {
    return { counters: memory, backend: () => 'memory', close: () => undefined };
  }
  const redis = connect(options.redisUrl);
  const fallback = withFallback(redisCounters(redis, options.prefix), memory, options);
  // Without a listener ioredis prints each failed attempt; the fallback reports once.
  redis.on('error', fallback.report);
  await redis.connect().catch(fallback.report);
  return { ...fallback, close: () => redis.disconnect() };
}

function connect(url: string): Redis {
  return new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(RECONNECT_MS_MAX, 100 * times),
  });
}

function withFallback(redis: Counters, memory: Counters, options: LimitStoreOptions) {
  const { log, restMs = REST_MS } = options;
  let backend: LimitBackend = 'redis';
  let restUntilMs = 0;
  const report = (error: unknown) => {
    restUntilMs = Date.now() + restMs;
    if (backend === 'redis') {
      log.warn({ err: error }, 'Redis does not answer: rate limits count in this process only');
    }
    backend = 'memory';
  };
  const addToRedis: Counters['add'] = async (key, windowMs) => {
    const count = await redis.add(key, windowMs);
    if (backend === 'memory') log.info('Redis answers again: rate limits are shared');
    backend = 'redis';
    return count;
  };
  const counters: Counters = {
    add: async (key, windowMs) => {
      if (Date.now() < restUntilMs) return memory.add(key, windowMs);
      return addToRedis(key, windowMs).catch((error: unknown) => {
        report(error);
        return memory.add(key, windowMs);
      });
    },
  };
  return { counters, report, backend: () => backend };
}

/** What the plugin gives `child`, which its types do not tell. */
interface RouteLimit {
  readonly routeInfo?: { readonly method?: unknown; readonly url?: string };
}

/** The shape @fastify/rate-limit asks for. Routes with a limit of their own count apart. */
export function limitStoreClass(counters: Counters): fastifyRateLimit.FastifyRateLimitStoreCtor {
  return class Store implements fastifyRateLimit.FastifyRateLimitStore {
    private readonly prefix: string;

    constructor(_options: object, prefix = '') {
      this.prefix = prefix;
    }

    incr: fastifyRateLimit.FastifyRateLimitStore['incr'] = (key, callback, windowMs) => {
      counters.add(this.prefix + key, windowMs).then(
        (count) => callback(null, count),
        (error: Error) => callback(error),
      );
    };

    child(options: object): Store {
      const { method = '', url = '' } = (options as RouteLimit).routeInfo ?? {};
      return new Store({}, `${this.prefix}${String(method)}${url}:`);
    }
  };
}
