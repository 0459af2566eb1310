/**
 * PEM private keys (RFC 7468, and the older PEM headers of RFC 1421; PGP blocks of RFC 4880),
 * within one text or spread over the lines of a stream.
 */

/** A text that begins here is a private key until its end marker. */
export const KEY_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

const KEY_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
/** A 16,384-bit RSA key has about 200 lines. */
export const KEY_LINES_MAX = 400;
const KEY_HEADER = /^[\s│┃|>]*(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset):/;
export const KEY_BODY = /^[\s│┃|>"']*[A-Za-z0-9+/=]{1,4096}[\s│┃|"',;\\]{0,64}(?:\+\s{0,8})?$/;
const BASE64_RUN = /[A-Za-z0-9+/]{40}/;

/** Where the end marker that follows `from` stops, or -1. */
export function keyEnd(text: string, from: number): number {
  KEY_END.lastIndex = from;
  return KEY_END.exec(text) === null ? -1 : KEY_END.lastIndex;
}

/** Where a key that begins at `start` stops: at its end marker, else with the last line like a key's. */
export function keyExtent(text: string, start: number): number {
  const marked = keyEnd(text, start);
  if (marked >= 0) return marked;
  let end = lineEnd(text, start);
  while (end < text.length) {
    const next = lineEnd(text, end + 1);
    if (!isKeyLine(text.slice(end + 1, next))) break;
    end = next;
  }
  return end;
}

/** True for a line that may belong to a key's inside. */
export function isKeyLine(line: string): boolean {
  return (
    line.trim() === '' || KEY_HEADER.test(line) || KEY_BODY.test(line) || BASE64_RUN.test(line)
  );
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}
