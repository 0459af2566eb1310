import { Type } from 'typebox';
import { defineSettings } from './settings.ts';
import { pathSetting } from './settings-schema.ts';

/** How a service reaches the bus. */
export const BUS_SETTINGS = defineSettings({
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
});
