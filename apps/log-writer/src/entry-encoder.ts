/**
 * Turns captured records into the JSON lines of the files. Text is joined rather than objects
 * serialised: what all entries of an instance share is encoded once per section.
 */
import { extractFields, inferLevel, routeEntry } from '@mcplog/capture';
import { type Level, LOG_FILES, type LogFile, makeSeq } from '@mcplog/log-entry';
import type { RecordView, SectionView } from '@mcplog/protocol';
import { LineBuffer } from './line-buffer.ts';

/** What an ordinary entry takes; more makes a buffer grow once or twice. */
const ENTRY_BYTES_EXPECTED = 320;
/** A batch is about a quarter of that; a count that a header merely claims may not cost more. */
const SECTION_BYTES_EXPECTED_MAX = 1024 * 1024;

/** The entries of one section that belong in one file, in seq order. */
export interface FileLines {
  readonly file: LogFile;
  readonly lines: Buffer;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly count: number;
}

export interface EncodedSection {
  readonly files: readonly FileLines[];
  /** All new entries of the section in seq order, each line ended by a newline. */
  readonly tail: Buffer;
  readonly lastSeq: number;
  readonly count: number;
}

interface Growing {
  readonly lines: LineBuffer;
  firstSeq: number;
  lastSeq: number;
  count: number;
}

/** Says which entries a file already has: those with this seq or a lower one. */
export type LastSeqOf = (file: LogFile) => number;

/** Encodes a section, leaving out what its files have already (a redelivery). */
export function encodeSection(
  { header, records }: SectionView,
  lastSeqOf: LastSeqOf,
): EncodedSection {
  const shared = sharedMetadata(header.instanceId, header.userId, header.service);
  const growing = new Map<LogFile, Growing>();
  const expected = Math.min(header.count * ENTRY_BYTES_EXPECTED, SECTION_BYTES_EXPECTED_MAX);
  const tail = new LineBuffer(expected);
  let count = 0;
  let lastSeq = 0;
  let n = header.firstN;
  for (const record of records) {
    const seq = makeSeq(header.run, n++);
    const { line, file } = encodeRecord(record, { seq, shared, routing: header.stderrRouting });
    if (seq <= lastSeqOf(file)) continue;
    addLine(growing, file, { line: tail.addText(line), seq });
    lastSeq = seq;
    count++;
  }
  const files = LOG_FILES.flatMap((file) => finishFile(file, growing.get(file)));
  return { files, tail: tail.finish(), lastSeq, count };
}

interface RecordContext {
  readonly seq: number;
  readonly shared: string;
  readonly routing: 'error-log' | 'by-level';
}

function encodeRecord(record: RecordView, context: RecordContext): { line: string; file: LogFile } {
  const raw = record.message.toString('utf8');
  const { level, reason } = levelOf(record, raw);
  const { message, fields } = extractFields(raw, record.type);
  const file = routeEntry({
    type: record.type,
    level,
    message: raw,
    stderrRouting: context.routing,
  });
  const extra = record.metadata.length === 0 ? '' : `,${record.metadata.toString('utf8')}`;
  const line =
    `{"timestamp":"${isoTime(record.timestampMs)}","level":"${level}","message":` +
    `${JSON.stringify(message)},"metadata":{"seq":${context.seq},"type":"${record.type}"` +
    `${context.shared}${reason}${fields}${extra}}}\n`;
  return { line, file };
}

/** A level given by the supervisor comes with its own reason in the metadata. */
function levelOf(record: RecordView, message: string): { level: Level; reason: string } {
  if (record.level !== undefined) return { level: record.level, reason: '' };
  const { level, reason } = inferLevel(message, record.type);
  return { level, reason: `,"levelReason":"${reason}"` };
}

function addLine(
  growing: Map<LogFile, Growing>,
  file: LogFile,
  { line, seq }: { line: Buffer; seq: number },
): void {
  let part = growing.get(file);
  if (part === undefined) {
    part = { lines: new LineBuffer(), firstSeq: seq, lastSeq: seq, count: 0 };
    growing.set(file, part);
  }
  part.lines.addBytes(line);
  part.lastSeq = seq;
  part.count++;
}

function finishFile(file: LogFile, part: Growing | undefined): FileLines[] {
  if (part === undefined) return [];
  const { lines, ...range } = part;
  return [{ file, ...range, lines: lines.finish() }];
}

function sharedMetadata(instanceId: string, userId: string, service: string): string {
  const [instance, user, name] = [instanceId, userId, service].map((id) => JSON.stringify(id));
  return `,"instanceId":${instance},"userId":${user},"service":${name}`;
}

let cachedMs = Number.NaN;
let cachedIso = '';

/** Most entries of a batch share a millisecond. */
function isoTime(timestampMs: number): string {
  if (timestampMs !== cachedMs) {
    cachedIso = new Date(timestampMs).toISOString();
    cachedMs = timestampMs;
  }
  return cachedIso;
}
