/** What an entry's line must be, made in the plainest way: text of every record, objects of JSON. */
import { extractFields, inferLevel, routeEntry } from '@mcplog/capture';
import { LOG_FILES, type LogFile, makeSeq } from '@mcplog/log-entry';
import type { RecordView, SectionHeader, SectionView } from '@mcplog/protocol';

export interface PlainLines {
  readonly tail: string;
  readonly files: Readonly<Partial<Record<LogFile, string>>>;
}

export function encodePlainly({ header, records }: SectionView): PlainLines {
  const lines = [...records].map((record, at) => plainLine(record, header, header.firstN + at));
  const files = LOG_FILES.map((file) => {
    const ofFile = lines.filter((line) => line.file === file);
    return [file, ofFile.map(({ text }) => text).join('')] as const;
  });
  return {
    tail: lines.map(({ text }) => text).join(''),
    files: Object.fromEntries(files.filter(([, text]) => text !== '')),
  };
}

function plainLine(record: RecordView, header: SectionHeader, n: number) {
  const { type, timestampMs } = record;
  const text = record.message.toString('utf8');
  const inferred = record.level === undefined ? inferLevel(text, type) : undefined;
  const level = record.level ?? inferred?.level ?? 'info';
  const { message, fields } = extractFields(text, type);
  const stderrRouting = header.stderrRouting;
  const file = routeEntry({ type, level, message: text, stderrRouting });
  const { instanceId, userId, service, run } = header;
  const timestamp = new Date(timestampMs).toISOString();
  const head = JSON.stringify({ timestamp, level, message }).slice(0, -1);
  const metadata = { seq: makeSeq(run, n), type, instanceId, userId, service };
  const stated = { ...metadata, ...(inferred && { levelReason: inferred.reason }) };
  const given = record.metadata.length === 0 ? '' : `,${record.metadata.toString('utf8')}`;
  const inside = `${JSON.stringify(stated).slice(0, -1)}${fields}${given}}`;
  return { file, text: `${head},"metadata":${inside}}\n` };
}
