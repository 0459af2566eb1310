import {
  defineSettings,
  LOG_LEVELS,
  pathSetting,
  readSettings,
  type SettingsOf,
} from '@mcplog/service-host';
import { Type } from 'typebox';

/** Every setting of the stream-gateway; the table in README.md is made from it. */
export const SETTINGS = defineSettings({
  natsUrl: {
    env: 'MCPLOG_NATS_URL',
    schema: Type.String(),
    default: 'nats://127.0.0.1:4222',
    meaning: 'Where the message bus listens; several URLs separated by commas.',
    secret: false,
  },
  natsSeedFile: {
    env: 'MCPLOG_NATS_SEED_FILE',
    schema: Type.Optional(pathSetting()),
    meaning: 'File with the nkey seed of this service; without one the bus must want none.',
    secret: false,
  },
  logDir: {
    env: 'MCPLOG_LOG_DIR',
    schema: pathSetting(),
    default: './logs',
    meaning: 'Folder of all log files; only read.',
  },
  httpHost: {
    env: 'MCPLOG_HTTP_HOST',
    schema: Type.String(),
    default: '127.0.0.1',
    meaning: 'Address to listen on.',
  },
  httpPort: {
    env: 'MCPLOG_HTTP_PORT',
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 7073,
    meaning: 'Port to listen on; 0 takes a free one.',
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
  tailsPerUserMax: {
    env: 'MCPLOG_TAILS_PER_USER_MAX',
    schema: Type.Integer({ minimum: 1, maximum: 10_000 }),
    default: 50,
    meaning: 'Live tails one user may have open at the same time.',
  },
  tailsMax: {
    env: 'MCPLOG_TAILS_MAX',
    schema: Type.Integer({ minimum: 1, maximum: 100_000 }),
    default: 6_000,
    meaning: 'Live tails this gateway serves at the same time.',
  },
  requestsPerMinute: {
    env: 'MCPLOG_REQUESTS_PER_MINUTE',
    schema: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    default: 3_000,
    meaning: 'HTTP requests one user (or one address without a login) may make in a minute.',
  },
  logLevel: {
    env: 'MCPLOG_LOG_LEVEL',
    schema: Type.Enum([...LOG_LEVELS]),
    default: 'info',
    meaning: "Least severity of this service's own log on stdout.",
  },
});

export type Settings = SettingsOf<typeof SETTINGS>;

/** @throws SettingsError naming every refused variable */
export function loadSettings(): Settings {
  return readSettings(SETTINGS, process.env);
}
