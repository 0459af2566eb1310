import { defineSettings, type SettingsOf } from '@mcplog/service-host';
import { Type } from 'typebox';

const MIB = 2 ** 20;

/** When somebody is told that a server's process is not well. */
export const HEALTH_SETTINGS = defineSettings({
  sampleEveryMs: {
    env: 'MCPLOG_SAMPLE_EVERY_MS',
    schema: Type.Integer({ minimum: 100, maximum: 60_000 }),
    default: 10_000,
    meaning: 'Milliseconds between two looks at memory, CPU and files of each server.',
  },
  leakWindowSeconds: {
    env: 'MCPLOG_LEAK_WINDOW_SECONDS',
    schema: Type.Integer({ minimum: 0, maximum: 604_800 }),
    default: 1_800,
    meaning: 'A leak alert comes when memory rises in each sixth of this time; 0: never.',
  },
  leakRiseBytes: {
    env: 'MCPLOG_LEAK_RISE_BYTES',
    schema: Type.Integer({ minimum: MIB, maximum: 2 ** 45 }),
    default: 128 * MIB,
    meaning: 'And by at least so many bytes from the first sixth to the last.',
  },
  cpuAlertPercent: {
    env: 'MCPLOG_CPU_ALERT_PERCENT',
    schema: Type.Integer({ minimum: 0, maximum: 100_000 }),
    default: 90,
    meaning: 'A CPU alert comes at this mean use, 100 being one core; 0: never.',
  },
  cpuAlertSeconds: {
    env: 'MCPLOG_CPU_ALERT_SECONDS',
    schema: Type.Integer({ minimum: 1, maximum: 86_400 }),
    default: 300,
    meaning: 'Time over which that mean is taken.',
  },
});

export type HealthLimits = Omit<SettingsOf<typeof HEALTH_SETTINGS>, 'sampleEveryMs'>;
