import {
  DOOR_SETTINGS,
  defineSettings,
  LOGGER_SETTINGS,
  readSettings,
  type SettingsOf,
} from '@mcplog/service-host';
import { Type } from 'typebox';

const upstream = Type.String({ pattern: '^http://[^/?#@]+$', description: 'http://host:port' });
const port = Type.Integer({ minimum: 0, maximum: 65_535 });

/** Every setting of the dashboard; the table in README.md is made from it. */
export const SETTINGS = defineSettings({
  httpHost: DOOR_SETTINGS.httpHost,
  port: {
    env: 'MCPLOG_PORT',
    schema: port,
    default: 7070,
    meaning: 'Port under which people reach mcplog; 0 takes a free one.',
  },
  httpPort: {
    env: 'MCPLOG_HTTP_PORT',
    schema: Type.Optional(port),
    meaning: 'Port to listen on where it is not MCPLOG_PORT, such as behind a port mapping.',
  },
  allowedHosts: DOOR_SETTINGS.allowedHosts,
  frontProxies: {
    ...DOOR_SETTINGS.trustedProxies,
    env: 'MCPLOG_FRONT_PROXIES',
    meaning: 'Addresses or CIDRs of TLS proxies in front, whose X-Forwarded-For is believed.',
  },
  queryApiUrl: {
    env: 'MCPLOG_QUERY_API_URL',
    schema: upstream,
    default: 'http://127.0.0.1:7072',
    meaning: 'Where query-api listens.',
    secret: false,
  },
  adminApiUrl: {
    env: 'MCPLOG_ADMIN_API_URL',
    schema: upstream,
    default: 'http://127.0.0.1:7074',
    meaning: 'Where admin-api listens.',
    secret: false,
  },
  streamGatewayUrl: {
    env: 'MCPLOG_STREAM_GATEWAY_URL',
    schema: upstream,
    default: 'http://127.0.0.1:7073',
    meaning: 'Where stream-gateway listens.',
    secret: false,
  },
  supervisorUrl: {
    env: 'MCPLOG_SUPERVISOR_URL',
    schema: upstream,
    default: 'http://127.0.0.1:7071',
    meaning: 'Where process-supervisor listens.',
    secret: false,
  },
  ...LOGGER_SETTINGS,
});

export type Settings = SettingsOf<typeof SETTINGS>;

/** @throws SettingsError naming every refused variable */
export function loadSettings(): Settings {
  return readSettings(SETTINGS, process.env);
}
