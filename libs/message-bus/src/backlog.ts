import { CAPTURE_STREAM, SYSTEM_STREAM } from '@mcplog/protocol';
import type { Bus } from './bus.ts';

/** What waits on a work-queue stream for its reader. */
export interface Backlog {
  readonly stream: string;
  readonly messages: number;
  readonly bytes: number;
  /** How long the first one has waited, milliseconds; 0 when none waits. */
  readonly oldestMs: number;
}

/** Asks the broker what the log-writers have not acknowledged yet. */
export async function readBacklogs(bus: Bus): Promise<Backlog[]> {
  const manager = await bus.jetstream.jetstreamManager();
  return Promise.all(
    [CAPTURE_STREAM, SYSTEM_STREAM].map(async (stream) => {
      const { state } = await manager.streams.info(stream);
      const { messages, bytes, first_ts } = state;
      const waitedMs = Date.now() - Date.parse(first_ts);
      return { stream, messages, bytes, oldestMs: messages === 0 ? 0 : Math.max(0, waitedMs) };
    }),
  );
}
