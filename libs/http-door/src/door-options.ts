import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Logger, Metrics } from '@mcplog/service-host';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { AccessEvent } from './access.ts';
import type { SessionFinder } from './authentication.ts';
import type { LimitBackend } from './limit-store.ts';

export interface RateLimit {
  /** Requests per window and user; per address for those who are not logged in. */
  readonly max: number;
  readonly windowMs: number;
}

export interface HttpDoorOptions {
  /** The app's name; keys in Redis carry it, so that each app counts for itself. */
  readonly app: string;
  readonly log: Logger;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Names the door answers to, `host:port` (or `host` for the default port). */
  readonly allowedHosts: readonly string[];
  /** The port people use, when a proxy stands in front; loopback names with it are ours too. */
  readonly publicPort?: number;
  readonly sessions: SessionFinder;
  readonly metrics: Metrics;
  readonly redisUrl?: string | undefined;
  /** CIDRs of proxies whose X-Forwarded-For is believed; none by default. */
  readonly trustProxy?: readonly string[];
  /** Bytes of a request body, default 1 MiB. */
  readonly bodyLimit?: number;
  /** Default 600 per minute. */
  readonly rateLimit?: RateLimit;
  /** What keeps this service from being ready, in words; none means ready. */
  readonly problems?: () => readonly string[];
  /** Called once per request, after the answer; must not throw. */
  readonly onAccess?: (event: AccessEvent) => void;
}

export type DoorApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface HttpDoor {
  /** Routes are added here before `listen`. */
  readonly app: DoorApp;
  /** @returns where it listens, with the real port. */
  listen(): Promise<{ readonly host: string; readonly port: number; readonly url: string }>;
  /** Stops accepting, lets answers under way finish for 3 s, then cuts them. */
  close(): Promise<void>;
  limitBackend(): LimitBackend;
}
