import {
  BUS_SETTINGS,
  defineSettings,
  LOGGER_SETTINGS,
  pathSetting,
  readSettings,
  type SettingsOf,
} from '@mcplog/service-host';
import { Type } from 'typebox';

const MIB = 1024 * 1024;

/** Every setting of bus-setup; the table in README.md is made from it. */
export const SETTINGS = defineSettings({
  step: {
    env: 'MCPLOG_BUS_SETUP_STEP',
    schema: Type.Enum(['prepare', 'provision']),
    meaning:
      '`prepare` writes keys and configuration before nats-server starts, `provision` makes streams and buckets in it.',
  },
  keysDir: {
    env: 'MCPLOG_BUS_KEYS_DIR',
    schema: pathSetting(),
    default: './data/bus',
    meaning: 'Folder of the nkey seeds of all services; no service may see it.',
    secret: false,
  },
  appKeysDir: {
    env: 'MCPLOG_APP_KEYS_DIR',
    schema: pathSetting(),
    default: './data/app-keys',
    meaning: 'Folder with one folder per service, which gets the seed of that service only.',
    secret: false,
  },
  masterKeyFile: {
    env: 'MCPLOG_MASTER_KEY_FILE',
    schema: pathSetting(),
    default: './data/master.key',
    meaning: 'Key that seals the secrets of instances; made when missing.',
    secret: false,
  },
  natsConfigFile: {
    env: 'MCPLOG_NATS_CONFIG_FILE',
    schema: pathSetting(),
    default: './data/nats/nats.conf',
    meaning: 'Where the configuration of nats-server is written.',
  },
  natsStoreDir: {
    env: 'MCPLOG_NATS_STORE_DIR',
    schema: pathSetting(),
    default: './data/nats/store',
    meaning: 'Folder of JetStream, as nats-server sees it.',
  },
  natsStoreBytesMax: {
    env: 'MCPLOG_NATS_STORE_BYTES_MAX',
    schema: Type.Integer({ minimum: 5120 * MIB, maximum: 2 ** 50 }),
    default: 8192 * MIB,
    meaning: 'Bytes of disk the bus may fill; its streams reserve 4.5 GiB of it.',
  },
  natsVersion: {
    env: 'MCPLOG_NATS_VERSION',
    schema: Type.String({
      pattern: '^\\d+\\.\\d+(\\.\\d+)?$',
      description: 'a version such as 2.12',
    }),
    default: '2.12',
    meaning: 'Version of nats-server; from 2.10 on it syncs before it acknowledges.',
  },
  natsUrl: BUS_SETTINGS.natsUrl,
  replicas: {
    env: 'MCPLOG_BUS_REPLICAS',
    schema: Type.Integer({ minimum: 1, maximum: 5 }),
    default: 1,
    meaning: 'Copies of each stream; more than 1 needs a cluster of as many servers.',
  },
  ...LOGGER_SETTINGS,
});

export type Settings = SettingsOf<typeof SETTINGS>;

/** @throws SettingsError naming every refused variable */
export function loadSettings(): Settings {
  return readSettings(SETTINGS, process.env);
}
