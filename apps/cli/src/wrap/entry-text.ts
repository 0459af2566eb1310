import type { CapturedRecord } from '@mcplog/capture';

/** The platform refuses longer messages (IngestLine in @mcplog/protocol). */
const MESSAGE_CHARS_MAX = 200_000;

/** One line of the ingest body but for its `n`, which is known when it is sent. */
export function toSpoolLine(record: CapturedRecord): Buffer {
  const { timestampMs, type, level, message, metadata } = record;
  const isCut = message.length > MESSAGE_CHARS_MAX;
  const parts = [
    `"timestampMs":${timestampMs}`,
    `"type":${JSON.stringify(type)}`,
    ...(level === undefined ? [] : [`"level":${JSON.stringify(level)}`]),
    `"message":${JSON.stringify(isCut ? message.slice(0, MESSAGE_CHARS_MAX) : message)}`,
    ...(metadata === '' ? [] : [`"metadata":{${metadata}}`]),
  ];
  return Buffer.from(`{${parts.join(',')}}\n`);
}

/** The lines as a body, numbered from `firstN`. */
export function toIngestBody(lines: readonly Buffer[], firstN: number): string {
  return lines.map((line, at) => `{"n":${firstN + at},${line.toString('utf8').slice(1)}`).join('');
}
