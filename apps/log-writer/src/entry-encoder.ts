/**
 * Turns captured records into the JSON lines of the files. What the entries of a section have in
 * common is encoded once, and a message that needs no escapes is copied as the bytes it came in.
 */
import { EntryReader } from '@mcplog/capture';
import { LOG_FILES, type LogFile } from '@mcplog/log-entry';
import type { RecordCursor, SectionView } from '@mcplog/protocol';
import { EntryArena } from './entry-arena.ts';
import { EntryTemplates } from './entry-templates.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const BRACE_END = 0x7d;
/** An escape of JSON has at most six bytes for one. */
const ESCAPED_BYTES_MAX = 6;

/** The entries of one section that belong in one file, in seq order. */
export interface FileLines {
  readonly file: LogFile;
  readonly lines: Buffer;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly count: number;
}

/** Its buffers are valid until the encoder encodes again. */
export interface EncodedSection {
  readonly files: readonly FileLines[];
  /** All new entries of the section in seq order, each line ended by a newline. */
  readonly tail: Buffer;
  readonly lastSeq: number;
  readonly count: number;
}

/** Says which entries a file already has: those with this seq or a lower one. */
export type LastSeqOf = (file: LogFile) => number;

/** Lines in a row that go into one file. */
interface Run {
  readonly file: LogFile;
  readonly from: number;
  to: number;
  readonly firstSeq: number;
  lastSeq: number;
  count: number;
}

export class EntryEncoder {
  readonly #reader = new EntryReader();
  readonly #arena = new EntryArena();

  /** Encodes a section, leaving out what its files have already (a redelivery). */
  encode(section: SectionView, lastSeqOf: LastSeqOf): EncodedSection {
    const { header, bytes, start, end } = section;
    const arena = this.#arena;
    arena.begin(bytes.subarray(start, end));
    this.#reader.open(bytes, header.stderrRouting);
    const cursor = section.cursor();
    const templates = new EntryTemplates(header);
    const known = new Map(LOG_FILES.map((file) => [file, lastSeqOf(file)]));
    const linesAt = arena.used;
    const runs: Run[] = [];
    while (cursor.next()) {
      this.#reader.read(cursor);
      const { file } = this.#reader;
      const { seq } = templates;
      if (seq > (known.get(file) ?? 0)) {
        const from = arena.used;
        this.#addLine(cursor, templates, start);
        addToRuns(runs, file, { from, to: arena.used, seq });
      }
      templates.advance();
    }
    return this.#finish(linesAt, runs);
  }

  #addLine(cursor: RecordCursor, templates: EntryTemplates, start: number): void {
    const arena = this.#arena;
    const { level, reason, fields } = this.#reader;
    const { messageAt, metadataAt, end } = cursor;
    arena.reserve(templates.bytesMax + ESCAPED_BYTES_MAX * (end - messageAt));
    templates.addHead(arena, cursor.timestampMs, level);
    this.#addMessage(messageAt - start, metadataAt - start);
    arena.reserve(templates.bytesMax + (end - metadataAt));
    templates.addMetadata(arena, cursor.typeIndex, reason);
    if (fields !== '') {
      arena.addText(fields);
      arena.reserve(templates.bytesMax + (end - metadataAt));
    }
    if (end > metadataAt) {
      arena.addByte(COMMA);
      arena.addRange(metadataAt - start, end - start);
    }
    arena.addByte(BRACE_END);
    arena.addByte(BRACE_END);
    arena.addByte(NEWLINE);
  }

  /** The message as a JSON text; `from` and `to` are its place in the arena. */
  #addMessage(from: number, to: number): void {
    const arena = this.#arena;
    const { message, isPlain } = this.#reader;
    if (message !== undefined) arena.addText(JSON.stringify(message));
    else if (isPlain) {
      arena.addByte(QUOTE);
      arena.addRange(from, to);
      arena.addByte(QUOTE);
    } else arena.addText(JSON.stringify(arena.bytes.toString('latin1', from, to)));
  }

  #finish(linesAt: number, runs: readonly Run[]): EncodedSection {
    const arena = this.#arena;
    const linesEnd = arena.used;
    const files = LOG_FILES.map((file) => runs.filter((run) => run.file === file));
    const places = files.map((ofFile) => this.#join(ofFile));
    const view = (from: number, to: number) => arena.bytes.subarray(from, to);
    return {
      files: files.flatMap((ofFile, at) => {
        const [first] = ofFile;
        const last = ofFile.at(-1);
        const place = places[at];
        if (first === undefined || last === undefined || place === undefined) return [];
        const count = ofFile.reduce((sum, run) => sum + run.count, 0);
        const { file, firstSeq } = first;
        const lines = view(place.from, place.to);
        return [{ file, firstSeq, lastSeq: last.lastSeq, count, lines }];
      }),
      tail: view(linesAt, linesEnd),
      lastSeq: runs.at(-1)?.lastSeq ?? 0,
      count: runs.reduce((sum, run) => sum + run.count, 0),
    };
  }

  /** Where the lines of one file stand together; they are copied when they do not yet. */
  #join(runs: readonly Run[]): { readonly from: number; readonly to: number } {
    const arena = this.#arena;
    const [first] = runs;
    if (first === undefined) return { from: 0, to: 0 };
    if (runs.length === 1) return first;
    arena.reserve(runs.reduce((sum, { from, to }) => sum + to - from, 0));
    const from = arena.used;
    for (const run of runs) arena.addRange(run.from, run.to);
    return { from, to: arena.used };
  }
}

function addToRuns(
  runs: Run[],
  file: LogFile,
  { from, to, seq }: { readonly from: number; readonly to: number; readonly seq: number },
): void {
  const last = runs.at(-1);
  if (last === undefined || last.file !== file) {
    runs.push({ file, from, to, firstSeq: seq, lastSeq: seq, count: 1 });
    return;
  }
  last.to = to;
  last.lastSeq = seq;
  last.count++;
}
