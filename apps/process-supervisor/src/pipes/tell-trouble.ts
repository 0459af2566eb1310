import type { SystemLog } from '@mcplog/message-bus';
import type { Logger } from '@mcplog/service-host';

/** What the pipe reader cannot say itself: it has neither a log nor the bus. */
export function tellTrouble(
  words: string,
  { systemLog, log }: { systemLog: SystemLog; log: Logger },
): void {
  log.error(words);
  const event = 'pipe_reader_trouble';
  systemLog.write('pm2', { level: 'error', event, message: words.slice(0, 2_000), metadata: {} });
}
