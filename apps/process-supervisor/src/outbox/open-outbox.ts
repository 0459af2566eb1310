import { join } from 'node:path';
import type { Bus } from '@mcplog/message-bus';
import type { Logger } from '@mcplog/service-host';
import type { Settings } from '../settings.ts';
import { Outbox } from './outbox.ts';

/** Opens the spool and begins with what an earlier process left in it. */
export function openOutbox(
  bus: Bus,
  { settings, log }: { settings: Settings; log: Logger },
): Outbox {
  const { dataDir, spoolFsync: fsync, spoolBytesMax } = settings;
  return new Outbox({
    bus,
    dir: join(dataDir, 'supervisor', 'spool'),
    fsync,
    spoolBytesMax,
    onTorn: (torn) => log.warn(torn, 'the torn end of a spool file was left out'),
  });
}
