import { type TInteger, Type } from 'typebox';
import { defineSettings, type Setting } from './settings.ts';

/** Where a service answers HTTP, and whom it believes; its port is `httpPortSetting(…)`. */
export const DOOR_SETTINGS = defineSettings({
  httpHost: {
    env: 'MCPLOG_HTTP_HOST',
    schema: Type.String(),
    default: '127.0.0.1',
    meaning: 'Address to listen on.',
  },
  allowedHosts: {
    env: 'MCPLOG_ALLOWED_HOSTS',
    schema: Type.Array(Type.String()),
    default: [],
    meaning: 'Further host:port names accepted in Host and Origin, separated by commas.',
  },
  trustedProxies: {
    env: 'MCPLOG_TRUSTED_PROXIES',
    schema: Type.Array(Type.String()),
    default: [],
    meaning: 'Addresses or CIDRs of proxies whose X-Forwarded-For is believed.',
  },
  redisUrl: {
    env: 'REDIS_URL',
    schema: Type.Optional(Type.String()),
    meaning: 'Redis that shares rate limits between services; without one each counts alone.',
    secret: true,
  },
});

/** The requests that a service for users and their programs takes. */
export const RATE_SETTINGS = defineSettings({
  requestsPerMinute: {
    env: 'MCPLOG_REQUESTS_PER_MINUTE',
    schema: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    default: 3_000,
    meaning: 'HTTP requests one user (or one address without a login) may make in a minute.',
  },
});

/** Every service has its own port, so that all fit on one machine. */
export function httpPortSetting(defaultPort: number): Setting<TInteger> {
  return {
    env: 'MCPLOG_HTTP_PORT',
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: defaultPort,
    meaning: 'Port to listen on; 0 takes a free one.',
  };
}

/** The small door of a service that nobody but operators asks anything. */
export function healthDoorSettings(defaultPort: number) {
  return defineSettings({
    httpHost: {
      ...DOOR_SETTINGS.httpHost,
      meaning: 'Address on which health and metrics are served.',
    },
    httpPort: {
      ...httpPortSetting(defaultPort),
      meaning: 'Port on which health and metrics are served; 0 takes a free one.',
    },
  });
}
