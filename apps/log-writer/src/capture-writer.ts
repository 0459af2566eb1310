import { LOG_FILES, type LogFile } from '@mcplog/log-entry';
import type { AppendedRange, LogTarget, LogWriter } from '@mcplog/log-store/writer';
import type { IntakeMessage } from '@mcplog/message-bus';
import { decodeCaptureBatch, type SectionView, tailSubject } from '@mcplog/protocol';
import type { EncodedSection, EntryEncoder } from './entry-encoder.ts';
import type { GroupCommit } from './group-commit.ts';
import type { TailPublisher } from './tail-publisher.ts';
import type { WriterFigures } from './writer-figures.ts';

export interface CaptureWriterOptions {
  readonly store: Pick<LogWriter, 'append' | 'lastSeq'>;
  readonly commits: GroupCommit;
  readonly tails: TailPublisher;
  /** One for all shards: what it encodes is appended and published before anything else happens. */
  readonly encoder: EntryEncoder;
  readonly figures: WriterFigures;
  /** Told of a file that refused an append and now waits for `store.resume`. */
  readonly onRefused: (target: LogTarget) => void;
}

/** Writes batches of captured entries into the files of their instances. */
export class CaptureWriter {
  readonly #options: CaptureWriterOptions;

  constructor(options: CaptureWriterOptions) {
    this.#options = options;
  }

  /**
   * Appends a batch and acknowledges it once it is on disk. Safe to call again with the same
   * batch after an error: what a file has already is left out.
   * @throws DiskFullError and the like; the batch is then not acknowledged
   */
  async write(message: IntakeMessage): Promise<void> {
    const targets: LogTarget[] = [];
    for (const section of decodeCaptureBatch(message.payload)) {
      targets.push(...this.#writeSection(section));
    }
    await this.#options.commits.add({
      bytes: message.payload.length,
      targets,
      onDurable: message.ack,
    });
  }

  #writeSection(section: SectionView): LogTarget[] {
    const { store, encoder, figures } = this.#options;
    const { userId, instanceId } = section.header;
    const target = (file: LogFile): LogTarget => ({ kind: 'instance', userId, instanceId, file });
    const lastSeqs = new Map(LOG_FILES.map((file) => [file, store.lastSeq(target(file))]));
    const before = Math.max(...lastSeqs.values());
    const encoded = encoder.encode(section, (file) => lastSeqs.get(file) ?? 0);
    for (const { file, lines, ...range } of encoded.files) {
      appendOrTell(this.#options, target(file), { lines, range });
    }
    figures.count(encoded);
    this.#publishTail(tailSubject(userId, instanceId), encoded, before);
    // A repeat leaves nothing to append, yet its first append may still wait for a sync.
    return LOG_FILES.map(target);
  }

  #publishTail(subject: string, { tail, count, lastSeq }: EncodedSection, before: number): void {
    if (count > 0) this.#options.tails.publish(subject, { lines: tail, count, lastSeq, before });
  }
}

/** Appends; an error is told to who will resume the file, and thrown on. */
export function appendOrTell(
  { store, onRefused }: CaptureWriterOptions,
  target: LogTarget,
  { lines, range }: { readonly lines: Buffer; readonly range: AppendedRange },
): void {
  try {
    store.append(target, lines, range);
  } catch (error) {
    onRefused(target);
    throw error;
  }
}
