import type { SiftedLines } from './line-sieve.ts';
import type { MaskedText, TextPlace } from './masker.ts';
import { isKeyLine, KEY_BEGIN, KEY_LINES_MAX, keyEnd } from './private-key.ts';
import { goesOnWith } from './secret-finder.ts';
import type { OpenEnd } from './secret-search.ts';
import { fillerEnd } from './text-gaps.ts';

/**
 * Masks one stream record by record. It remembers that a private key has begun, and that the last
 * record ended with what may be the beginning of a secret.
 */
export interface LineMasker {
  /**
   * Masks the next line of the stream, or the next few as one record. With `cut` it was cut at
   * its end, as `maskCut` says.
   */
  maskLine(line: string, cut?: boolean): string;
  /**
   * The next line, or the next few, will not be shown. Costs next to nothing, and a secret or a key
   * that begins in them is known all the same when its rest is shown.
   */
  passOver(line: string): void;
  /** True while a private key that began in an earlier line has not ended. */
  insideKey(): boolean;
  /** Finds the whole lines of a chunk and marks those that must go through {@link maskLine}. */
  sift(chunk: Uint8Array, from: number): SiftedLines;
  /** True when what came before lets a line without a mark, of this first character, be as it is. */
  mayPass(first: number): boolean;
  /** Takes the place of {@link maskLine} for lines in a row without a mark. */
  pass(lines: PassedLines): void;
}

/** One line or more that were printed in a row. */
export interface PassedLines {
  readonly lines: number;
  /** Of all of them, without their ends. */
  readonly characters: number;
  /** The last character of the last line. */
  readonly last: number;
}

export interface LineMasking {
  mask(text: string, place: TextPlace): MaskedText;
  /** Counts and returns what stands in place of a key's line. */
  maskWhole(line: string, rule: string): string;
  sift(chunk: Uint8Array, from: number): SiftedLines;
  /** Returns what the last of them leaves open. */
  pass(lines: PassedLines): readonly OpenEnd[];
}

const KEY_RULE = 'private-key';
const KEY_OPENING = '-----BEGIN ';
const OPEN_ENDS_MAX = 4;
/** A secret may begin this far before the end of what is not shown. */
const PASSED_CHARACTERS_MAX = 8192;

/**
 * A key's state ends at its end marker, at the first line that cannot be part of a key, or after
 * 400 lines: a server that only speaks of a BEGIN line does not blind its log.
 */
export function createLineMasker(masking: LineMasking): LineMasker {
  let linesLeft = 0;
  let before: readonly OpenEnd[] = [];
  /** What was passed over last. */
  let passed: string | undefined;
  const maskText = (text: string, cut: boolean): string => {
    const masked = masking.mask(text, { cut, before });
    // An empty line, or an empty line of a box, ends nothing that is open.
    const isEmpty = fillerEnd(text, 0) === text.length;
    before = isEmpty ? [...masked.open, ...before].slice(0, OPEN_ENDS_MAX) : masked.open;
    return masked.text;
  };
  const maskInside = (line: string, cut: boolean): string => {
    linesLeft--;
    const end = keyEnd(line, 0);
    if (end >= 0) {
      linesLeft = 0;
      return masking.maskWhole(line.slice(0, end), KEY_RULE) + maskOutside(line.slice(end), cut);
    }
    if (isKeyLine(line)) return line.trim() === '' ? line : masking.maskWhole(line, KEY_RULE);
    linesLeft = 0;
    return maskOutside(line, cut);
  };
  const maskOutside = (line: string, cut: boolean): string => {
    if (line.includes(KEY_OPENING) && endsInsideKey(line)) linesLeft = KEY_LINES_MAX;
    return maskText(line, cut);
  };
  const maskNext = (line: string, cut: boolean): string =>
    linesLeft > 0 ? maskInside(line, cut) : maskOutside(line, cut);
  const catchUp = (): void => {
    const line = passed?.slice(-PASSED_CHARACTERS_MAX);
    passed = undefined;
    if (line !== undefined) maskNext(line, false);
  };
  return {
    maskLine: (line, cut = false) => {
      if (passed !== undefined) catchUp();
      return maskNext(line, cut);
    },
    passOver: (line) => {
      if (linesLeft > 0 || line.includes(KEY_OPENING)) {
        catchUp();
        maskNext(line, false);
      } else if (fillerEnd(line, 0) < line.length) passed = line;
    },
    insideKey: () => linesLeft > 0,
    sift: (chunk, from) => masking.sift(chunk, from),
    mayPass: (first) => linesLeft === 0 && passed === undefined && !goesOnWith(first, before),
    pass: (lines) => {
      before = masking.pass(lines);
    },
  };
}

function endsInsideKey(line: string): boolean {
  let begin = -1;
  KEY_BEGIN.lastIndex = 0;
  while (KEY_BEGIN.exec(line) !== null) begin = KEY_BEGIN.lastIndex;
  return begin >= 0 && keyEnd(line, begin) < 0;
}
