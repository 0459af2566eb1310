/**
 * A cursor is a position written as text that is safe in a URL:
 *
 *     s1-<seq, base 36>-<check>                              one log
 *     m1-<name>.<seq>~<name>.<seq>…-<check>                  several logs, names in order
 *
 * `1` is the version, the check is FNV-1a over everything before its dash, base 36. Only text that
 * we would write ourselves is read, so a mistyped or invented cursor is refused.
 */
const NAME = /^[A-Za-z0-9_]{1,64}$/;

/** @throws RangeError when `seq` is no integer between 0 and 2^53 - 1. */
export function encodeCursor(seq: number): string {
  return sign(`s1-${writeSeq(seq)}`);
}

/** The seq of a cursor; `undefined` for anything that {@link encodeCursor} did not write. */
export function decodeCursor(text: string): number | undefined {
  const body = bodyOf(text, 's1-');
  const seq = body === undefined ? undefined : readSeq(body);
  return seq !== undefined && encodeCursor(seq) === text ? seq : undefined;
}

/** @throws RangeError for a bad seq or a name that is not letters, digits and underscores. */
export function encodeMultiCursor(seqs: Readonly<Record<string, number>>): string {
  const parts = Object.entries(seqs)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, seq]) => {
      if (!NAME.test(name)) throw new RangeError(`cursor name ${name}`);
      return `${name}.${writeSeq(seq)}`;
    });
  return sign(`m1-${parts.join('~')}`);
}

/** The positions of a cursor over several logs; `undefined` when it is none. */
export function decodeMultiCursor(text: string): Record<string, number> | undefined {
  const body = bodyOf(text, 'm1-');
  if (body === undefined) return undefined;
  const seqs: [string, number][] = [];
  for (const part of body === '' ? [] : body.split('~')) {
    const [name = '', digits = ''] = part.split('.', 2);
    const seq = readSeq(digits);
    if (seq === undefined || !NAME.test(name)) return undefined;
    seqs.push([name, seq]);
  }
  const decoded = Object.fromEntries(seqs);
  return encodeMultiCursor(decoded) === text ? decoded : undefined;
}

function writeSeq(seq: number): string {
  if (!Number.isSafeInteger(seq) || seq < 0) throw new RangeError(`seq ${seq}`);
  return seq.toString(36);
}

function readSeq(digits: string): number | undefined {
  if (!/^[0-9a-z]{1,11}$/.test(digits)) return undefined;
  const seq = Number.parseInt(digits, 36);
  return Number.isSafeInteger(seq) ? seq : undefined;
}

function sign(text: string): string {
  return `${text}-${check(text)}`;
}

function bodyOf(text: string, prefix: string): string | undefined {
  const end = text.lastIndexOf('-');
  if (!text.startsWith(prefix) || end < prefix.length) return undefined;
  return text.slice(end + 1) === check(text.slice(0, end))
    ? text.slice(prefix.length, end)
    : undefined;
}

/** FNV-1a, 32 bits. */
function check(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}
