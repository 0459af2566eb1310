import type { LineMasker } from '@mcplog/masking';
import type { StreamLine } from '../stream-lines.ts';

/** Masked text is handed out in pieces of about this many characters. */
const OUTPUT_CHARS = 64 * 1024;

/**
 * Masks a stream in bounded memory. A line that comes in pieces is cut between words, so that no
 * rule sees half a token.
 */
export async function* maskStream(
  lines: AsyncIterable<StreamLine>,
  masker: LineMasker,
): AsyncGenerator<string> {
  let out = '';
  let rest = '';
  for await (const { text, end } of lines) {
    const line = rest + text;
    const isPiece = end === '' && line.length > OUTPUT_CHARS;
    const cut = isPiece ? lastGap(line) : line.length;
    rest = line.slice(cut);
    out += masker.maskLine(line.slice(0, cut)) + end;
    if (out.length < OUTPUT_CHARS) continue;
    yield out;
    out = '';
  }
  yield rest === '' ? out : out + masker.maskLine(rest);
}

function lastGap(line: string): number {
  const cut = /[\s,;"'&][^\s,;"'&]{0,65536}$/.exec(line.slice(-OUTPUT_CHARS));
  return cut === null ? line.length : line.length - cut[0].length + 1;
}
