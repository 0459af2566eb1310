import { isKeyLine, KEY_BEGIN, KEY_LINES_MAX, keyEnd } from './private-key.ts';

/** Masks one stream line by line; it remembers that a private key has begun. */
export interface LineMasker {
  /** Masks the next line of the stream, or the next few as one record. */
  maskLine(line: string): string;
  /** True while a private key that began in an earlier line has not ended. */
  insideKey(): boolean;
}

export interface LineMasking {
  readonly mask: (text: string) => string;
  /** Counts and returns what stands in place of a key's line. */
  readonly maskWhole: (line: string) => string;
}

/**
 * A key's state ends at its end marker, at the first line that cannot be part of a key, or after
 * 400 lines: a server that only speaks of a BEGIN line does not blind its log.
 */
export function createLineMasker({ mask, maskWhole }: LineMasking): LineMasker {
  let linesLeft = 0;
  const maskInside = (line: string): string => {
    linesLeft--;
    const end = keyEnd(line, 0);
    if (end >= 0) {
      linesLeft = 0;
      return maskWhole(line.slice(0, end)) + maskOutside(line.slice(end));
    }
    if (isKeyLine(line)) return line.trim() === '' ? line : maskWhole(line);
    linesLeft = 0;
    return maskOutside(line);
  };
  const maskOutside = (line: string): string => {
    if (line.includes('-----BEGIN ') && endsInsideKey(line)) linesLeft = KEY_LINES_MAX;
    return mask(line);
  };
  return {
    maskLine: (line) => (linesLeft > 0 ? maskInside(line) : maskOutside(line)),
    insideKey: () => linesLeft > 0,
  };
}

function endsInsideKey(line: string): boolean {
  let begin = -1;
  KEY_BEGIN.lastIndex = 0;
  while (KEY_BEGIN.exec(line) !== null) begin = KEY_BEGIN.lastIndex;
  return begin >= 0 && keyEnd(line, begin) < 0;
}
