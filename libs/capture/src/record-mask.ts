import { BINARY_BYTES_SHOWN, LINE_FLAGS } from './line-text.ts';
import type { GroupedRecord } from './record-grouper.ts';
import type { CaptureSessionOptions, StreamName } from './session-types.ts';

/** The text of a record as it may be shown. */
export function maskRecord(
  { mask, maskText }: CaptureSessionOptions,
  stream: StreamName,
  record: GroupedRecord,
): string {
  if (maskText === undefined) return mask(record.text);
  if (!isCut(record)) return maskText(stream, record.text, false);
  // Which of its lines was cut is not known any more: each may end in half a secret.
  const lines = record.text.split('\n');
  return lines.map((line) => maskText(stream, line, true)).join('\n');
}

/** True when a line of the record goes on behind what is shown of it. */
function isCut({ flags, bytes }: GroupedRecord): boolean {
  const isLongBinary = (flags & LINE_FLAGS.binary) !== 0 && bytes > BINARY_BYTES_SHOWN;
  return (flags & LINE_FLAGS.cut) !== 0 || isLongBinary;
}
