import { SYSTEM_CATEGORIES, type SystemCategory } from '@mcplog/log-entry';
import {
  decodeCursor,
  decodeMultiCursor,
  encodeCursor,
  encodeMultiCursor,
} from '@mcplog/log-query';
import type { LogReader, LogView } from '@mcplog/log-store/reader';
import { tailSubject, tailSystemSubject } from '@mcplog/protocol';

/** Entries numbered by one rising seq: an instance, or one category of the system logs. */
export interface LiveSource {
  readonly key: string;
  readonly subject: string;
  readonly view: LogView;
}

/** What one socket follows, and how its positions are written as a cursor. */
export interface LivePlan {
  readonly sources: readonly LiveSource[];
  readonly encodePositions: (positions: ReadonlyMap<string, number>) => string;
  /** Undefined when the text is no cursor of ours. */
  readonly decodePositions: (cursor: string) => ReadonlyMap<string, number> | undefined;
}

export function instancePlan(reader: LogReader, userId: string, instanceId: string): LivePlan {
  const view = reader.instance({ userId, instanceId });
  return {
    sources: [{ key: instanceId, subject: tailSubject(userId, instanceId), view }],
    encodePositions: (positions) => encodeCursor(positions.get(instanceId) ?? 0),
    decodePositions: (cursor) => {
      const seq = decodeCursor(cursor);
      return seq === undefined ? undefined : new Map([[instanceId, seq]]);
    },
  };
}

export function systemPlan(reader: LogReader, categories?: readonly SystemCategory[]): LivePlan {
  const sources = (categories ?? SYSTEM_CATEGORIES).map((category) => ({
    key: category,
    subject: tailSystemSubject(category),
    view: reader.system([category]),
  }));
  return {
    sources,
    encodePositions: (positions) => encodeMultiCursor(Object.fromEntries(positions)),
    decodePositions: (cursor) => {
      const positions = decodeMultiCursor(cursor);
      return positions && new Map(Object.entries(positions));
    },
  };
}
