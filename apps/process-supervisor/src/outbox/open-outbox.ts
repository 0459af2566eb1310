import { join } from 'node:path';
import type { Bus } from '@mcplog/message-bus';
import type { Logger } from '@mcplog/service-host';
import type { Leftover } from '../instances/leftovers.ts';
import type { Settings } from '../settings.ts';
import { Outbox, type UnfinishedRun } from './outbox.ts';

export interface OpenOutboxOptions {
  readonly settings: Settings;
  readonly log: Logger;
  readonly leftovers: readonly Leftover[];
}

/** Opens the spool and begins with what an earlier process left in it. */
export function openOutbox(bus: Bus, { settings, log, leftovers }: OpenOutboxOptions): Outbox {
  const { dataDir, spoolFsync: fsync, spoolBytesMax } = settings;
  return new Outbox({
    bus,
    dir: join(dataDir, 'supervisor', 'spool'),
    fsync,
    spoolBytesMax,
    unfinished: leftovers.flatMap(unfinishedOf),
    onTorn: (torn) => log.warn(torn, 'the torn end of a spool file was left out'),
  });
}

/** What a killed supervisor wrote behind the mark of a run is made anew, from the same bytes. */
function unfinishedOf({ instanceId, mark, isWhole }: Leftover): UnfinishedRun[] {
  return mark === undefined || !isWhole ? [] : [{ instanceId, ...mark }];
}
