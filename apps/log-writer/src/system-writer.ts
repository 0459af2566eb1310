import {
  encodeEntry,
  type LogEntry,
  makeSeq,
  nOfSeq,
  runOfSeq,
  SYSTEM_CATEGORIES,
  type SystemCategory,
} from '@mcplog/log-entry';
import type { LogTarget, LogWriter } from '@mcplog/log-store/writer';
import type { IntakeMessage } from '@mcplog/message-bus';
import { type RunRecord, SystemRecord, tailSystemSubject } from '@mcplog/protocol';
import type { Table } from '@mcplog/registry';
import { Compile } from 'typebox/compile';
import { appendOrTell, type CaptureWriterOptions } from './capture-writer.ts';

const RUN_KEY = 'system';
const record = Compile(SystemRecord);

export interface SystemWriterOptions extends CaptureWriterOptions {
  /** Told of messages that are no system record; they are dropped, as nothing can be kept. */
  readonly onUnreadable: (subject: string) => void;
}

/**
 * Writes system entries. Their seq is `run * 2^32 + position in the SYSTEM stream`; the run stands
 * for the stream itself, so that a stream that was lost and made anew starts above the old one.
 */
export class SystemWriter {
  readonly #options: SystemWriterOptions;
  readonly #run: number;

  constructor(run: number, options: SystemWriterOptions) {
    this.#run = run;
    this.#options = options;
  }

  async write(message: IntakeMessage): Promise<void> {
    const { commits } = this.#options;
    const category = categoryOf(message.subject);
    const entry = category && this.#toEntry(message);
    if (category === undefined || entry === undefined) {
      this.#options.onUnreadable(message.subject);
      message.ack();
      return;
    }
    const target: LogTarget = { kind: 'system', category };
    this.#append(target, category, entry);
    await commits.add({
      bytes: message.payload.length,
      targets: [target],
      onDurable: message.ack,
    });
  }

  #append(target: LogTarget, category: SystemCategory, entry: LogEntry): void {
    const { store, tails, figures } = this.#options;
    const { seq } = entry.metadata;
    const before = store.lastSeq(target);
    if (seq <= before) return;
    const lines = Buffer.from(`${encodeEntry(entry)}\n`);
    const range = { firstSeq: seq, lastSeq: seq, count: 1 };
    appendOrTell(this.#options, target, { lines, range });
    figures.count({ count: 1, tail: lines });
    tails.publish(tailSystemSubject(category), { lines, count: 1, lastSeq: seq, before });
  }

  #toEntry({ payload, streamSeq }: IntakeMessage): LogEntry | undefined {
    const value = parse(payload);
    if (!record.Check(value)) return undefined;
    const { timestampMs, level, message, service, event, metadata } = value;
    return {
      timestamp: new Date(timestampMs).toISOString(),
      level,
      message,
      metadata: {
        seq: makeSeq(this.#run, streamSeq),
        type: 'system',
        service,
        event,
        ...withoutReserved(metadata),
      },
    };
  }
}

/** Callers cannot overwrite what the writer states. */
function withoutReserved(metadata: Record<string, unknown> = {}): Record<string, unknown> {
  const { seq, type, service, event, ...rest } = metadata;
  return rest;
}

function parse(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}

function categoryOf(subject: string): SystemCategory | undefined {
  return SYSTEM_CATEGORIES.find((category) => subject === `system.${category}`);
}

/**
 * The run under which system entries are written now: the registry's, unless the files show that
 * the stream (or the registry with it) was lost since, then the next one.
 */
export async function takeSystemRun(
  runs: Table<RunRecord>,
  store: Pick<LogWriter, 'lastSeq'>,
  streamLastSeq: number,
): Promise<number> {
  const seqs = SYSTEM_CATEGORIES.map((category) => store.lastSeq({ kind: 'system', category }));
  const top = Math.max(...seqs);
  const taken = await runs.update(RUN_KEY, (current) => {
    const known = current?.next ?? 0;
    const lost = known < runOfSeq(top) || (runOfSeq(top) === known && nOfSeq(top) > streamLastSeq);
    return { next: Math.max(1, lost ? Math.max(known, runOfSeq(top)) + 1 : known) };
  });
  return taken?.next ?? 1;
}
