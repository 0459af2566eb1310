/**
 * The payload of `tail.…`: one line of JSON ({@link TailHeader}), a newline, then the appended
 * lines exactly as they are in the file, newest last.
 *
 * `previousSeq` is the seq published just before on the same subject (0 when the writer does not
 * know one): a reader that holds another number has missed something and reads it from the files.
 */
export interface TailHeader {
  readonly previousSeq: number;
  readonly lastSeq: number;
  readonly count: number;
}

export interface TailMessage {
  readonly header: TailHeader;
  /** `count` encoded entries without newlines. */
  readonly lines: string[];
}

const NEWLINE = 0x0a;

/** @param lines encoded entries, each ended by a newline. */
export function encodeTailMessage(header: TailHeader, lines: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), lines]);
}

export function decodeTailMessage(payload: Buffer): TailMessage {
  const headerEnd = payload.indexOf(NEWLINE);
  if (headerEnd < 0) throw new RangeError('tail message without a header line');
  const header = JSON.parse(payload.toString('utf8', 0, headerEnd)) as TailHeader;
  const body = payload.toString('utf8', headerEnd + 1);
  return { header, lines: body === '' ? [] : body.slice(0, -1).split('\n') };
}
