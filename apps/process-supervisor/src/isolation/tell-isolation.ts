import type { SystemLog } from '@mcplog/message-bus';
import type { Logger } from '@mcplog/service-host';
import type { Isolation } from './isolation.ts';

const WORDS = {
  bubblewrap: 'servers run enclosed',
  uid: 'servers of each user run under a system user of their own, without an enclosure',
  none: 'servers are not isolated: they run as this service does',
} as const;

/** Says once, at the start, how servers are kept apart, and why not better. */
export function tellIsolation(
  { kind, weakness }: Isolation,
  { log, systemLog }: { readonly log: Logger; readonly systemLog: SystemLog },
): void {
  if (weakness === undefined) {
    log.info(WORDS[kind]);
    return;
  }
  const message = `${WORDS[kind]} (${weakness})`;
  log.warn(message);
  systemLog.write('security', {
    level: 'warn',
    event: 'isolation_weak',
    message,
    metadata: { kind },
  });
}
