import { StringDecoder } from 'node:string_decoder';

export interface StreamLine {
  readonly text: string;
  /** `\n`, or nothing after a last line without one. */
  readonly end: string;
}

/** Longer lines come in pieces; so memory stays bounded. */
const LINE_CHARS_MAX = 1024 * 1024;

/** Lines of a byte stream, split at line feeds only. */
export async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<StreamLine> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of source) {
    rest += decoder.write(chunk);
    let from = 0;
    for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n', from)) {
      yield { text: rest.slice(from, at), end: '\n' };
      from = at + 1;
    }
    rest = rest.slice(from);
    if (rest.length > LINE_CHARS_MAX) {
      yield { text: rest, end: '' };
      rest = '';
    }
  }
  rest += decoder.end();
  if (rest !== '') yield { text: rest, end: '' };
}
