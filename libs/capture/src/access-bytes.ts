/** Access lines of the common and the combined format, read without making text of them. */

import { type AccessLine, durationIn, PATH_CHARACTERS_MAX } from './access-line.ts';
import { isDigit } from './digit.ts';
import { type ByteRange, findByte } from './line-bytes.ts';

const QUOTE = 0x22;
const SPACE = 0x20;
const SLASH = 0x2f;

/** The methods that nearly all lines have, by their first four bytes. */
const METHODS: ReadonlyMap<number, string> = new Map(
  ['GET ', 'PUT ', 'POST ', 'HEAD ', 'PATCH ', 'DELETE ', 'OPTIONS '].map((method) => [
    Buffer.from(method).readInt32LE(0),
    method,
  ]),
);

/**
 * Reads `… "GET /path HTTP/1.1" 200 …` in one line of ASCII just as `parseAccessLine` would;
 * `undefined` for anything else, which may be an access line all the same.
 */
export function readAccessBytes(
  bytes: Buffer,
  view: DataView,
  range: ByteRange,
): AccessLine | undefined {
  const { from, to } = range;
  const methodAt = findByte(view, QUOTE, { from, to }) + 1;
  if (methodAt + 4 > to) return undefined;
  const method = METHODS.get(view.getInt32(methodAt, true));
  if (method === undefined || !startsWith(bytes, method, methodAt)) return undefined;
  const targetAt = methodAt + method.length;
  const targetEnd = findByte(view, SPACE, { from: targetAt, to });
  const statusAt = statusPlace(bytes, targetEnd);
  const pathEnd = endOfPath(bytes, targetAt, targetEnd);
  if (statusAt === 0 || statusAt + 3 > to || pathEnd === 0) return undefined;
  const status = readStatus(bytes, statusAt);
  const restAt = statusAt + 3;
  if (status < 100 || status > 599 || (restAt < to && isDigit(bytes[restAt]))) return undefined;
  return {
    method: method.slice(0, -1),
    path: bytes.toString('latin1', targetAt, pathEnd),
    status,
    durationMs: durationOf(bytes, restAt, to),
  };
}

function startsWith(bytes: Buffer, text: string, at: number): boolean {
  for (let i = 0; i < text.length; i++) {
    if (bytes[at + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

/** Behind ` HTTP/1.1" `; 0 when something else is there. */
function statusPlace(bytes: Buffer, at: number): number {
  if (!startsWith(bytes, ' HTTP/', at)) return 0;
  let end = at + 6;
  while (isDigit(bytes[end]) || bytes[end] === 0x2e) end++;
  return end > at + 6 && bytes[end] === QUOTE && bytes[end + 1] === SPACE ? end + 2 : 0;
}

/** Where query or fragment begin; 0 for a target that has to be looked at more closely. */
function endOfPath(bytes: Buffer, from: number, to: number): number {
  if (bytes[from] !== SLASH) return 0;
  let pathEnd = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE || byte === 0x5c || byte < SPACE) return 0;
    if (pathEnd === 0 && (byte === 0x3f || byte === 0x23)) pathEnd = at;
  }
  const end = pathEnd === 0 ? to : pathEnd;
  return end - from > PATH_CHARACTERS_MAX ? 0 : end;
}

function readStatus(bytes: Buffer, at: number): number {
  let status = 0;
  for (let place = at; place < at + 3; place++) {
    if (!isDigit(bytes[place])) return 0;
    status = status * 10 + (bytes[place] as number) - 0x30;
  }
  return status;
}

/** A size and a dash are no duration; a referer and a program's name need a closer look. */
function durationOf(bytes: Buffer, from: number, to: number): number | undefined {
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (!isDigit(byte) && byte !== SPACE && byte !== 0x2d) {
      return durationIn(bytes.toString('latin1', from, to));
    }
  }
  return undefined;
}
