/** Matching lines in the form in which somebody wants them, made where they were found. */
import { type LogEntry, parseEntry } from '@mcplog/log-entry';
import { isFramed } from '../read/line-frame.ts';
import type { LineBatch } from '../read/line-source.ts';
import { MatchList } from '../read/matches.ts';
import { CsvCutter } from './csv-cutter.ts';
import { csvRow } from './csv-row.ts';
import { RowBuffer } from './row-buffer.ts';

/**
 * - `json`: each entry behind a comma and a line break: the first comma is to become a bracket.
 * - `csv`: rows without the header, {@link CSV_HEADER}.
 * - `text`: `2026-11-23T12:00:00.000Z ERROR stderr message`, further lines of a message indented.
 */
export type RowFormat = 'json' | 'csv' | 'text';

interface Line {
  readonly start: number;
  /** The place of the newline. */
  readonly end: number;
}

/** Adds the row of a line; false when it is no entry. */
type AddRow = (chunk: Buffer, line: Line, into: RowBuffer) => boolean;

/** The rows of most blocks. */
const ROWS_BYTES = 384 * 1024;
const SEPARATOR = Buffer.from(',\n');

/** Writes each batch's rows over those of the batch before. */
export class RowWriter {
  readonly #cutter = new CsvCutter();
  readonly #rows: RowBuffer;

  constructor(bytes = ROWS_BYTES) {
    this.#rows = new RowBuffer(bytes);
  }

  /**
   * The rows of a batch's lines in the place of the lines.
   * @param isProven the chunk holds what was written; else each line is parsed to be sure.
   */
  rowsOf(batch: LineBatch, format: RowFormat, isProven: boolean): LineBatch {
    const { chunk, matches } = batch;
    const rows = new MatchList();
    const into = this.#rows;
    into.length = 0;
    rows.damaged = matches.damaged;
    const add = this.#adder(format, isProven);
    const line = { start: 0, end: 0 };
    for (let at = 0; at < matches.seqs.length; at++) {
      line.start = matches.starts[at] as number;
      line.end = matches.ends[at] as number;
      const start = into.length;
      if (!add(chunk, line, into)) {
        rows.damaged++;
        continue;
      }
      rows.seqs.push(matches.seqs[at] as number);
      rows.starts.push(start);
      rows.ends.push(into.length - 1);
    }
    return { chunk: into.bytes.subarray(0, into.length), matches: rows };
  }

  #adder(format: RowFormat, isProven: boolean): AddRow {
    if (format === 'text') return addText;
    if (format === 'csv') return isProven ? this.#addCsv : addParsedCsv;
    return isProven ? addJson : addParsedJson;
  }

  #addCsv: AddRow = (chunk, line, into) =>
    (isFramed(chunk, line.start, line.end) && this.#cutter.cut(chunk, line, into)) ||
    addParsedCsv(chunk, line, into);
}

const addJson: AddRow = (chunk, { start, end }, into) => {
  into.makeRoom(SEPARATOR.length + end - start);
  into.bytes.set(SEPARATOR, into.length);
  chunk.copy(into.bytes, into.length + SEPARATOR.length, start, end);
  into.length += SEPARATOR.length + end - start;
  return true;
};

const addParsedJson: AddRow = (chunk, line, into) =>
  entryAt(chunk, line) !== undefined && addJson(chunk, line, into);

const addParsedCsv: AddRow = (chunk, line, into) => {
  const entry = entryAt(chunk, line);
  if (entry !== undefined) into.addText(csvRow(entry));
  return entry !== undefined;
};

const addText: AddRow = (chunk, line, into) => {
  const entry = entryAt(chunk, line);
  if (entry !== undefined) into.addText(textRow(entry));
  return entry !== undefined;
};

function entryAt(chunk: Buffer, { start, end }: Line): LogEntry | undefined {
  return parseEntry(chunk.toString('utf8', start, end));
}

export function textRow({ timestamp, level, message, metadata }: LogEntry): string {
  const text = message.replaceAll('\n', '\n    ');
  return `${timestamp} ${level.toUpperCase().padEnd(5)} ${metadata.type} ${text}\n`;
}
