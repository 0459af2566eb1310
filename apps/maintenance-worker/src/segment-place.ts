import { join } from 'node:path';
import { type LogOwner, plainFileOf, type SegmentName } from '@mcplog/log-store/maintenance';

/** One segment of one log directory. */
export interface SegmentPlace {
  readonly owner: LogOwner;
  /** Absolute. */
  readonly directory: string;
  /** The same as steps below the log directory. */
  readonly steps: readonly string[];
  readonly name: SegmentName;
}

/** Such as `users/user_ann/mcp_figma-1/app.log.2025-07-13`: its key and its name in reports. */
export function pathOfPlace({ steps, name }: SegmentPlace): string {
  return join(...steps, plainFileOf(name));
}
