/** Which line belongs to the record before it, where lines are drawn: boxes, trees and Rich's columns. */
import { isDigit } from './digit.ts';
import { announcesTrace } from './line-shape.ts';
import type { OpenRecord, PlacedLine } from './record-rules.ts';

/** Where Rich has columns, the last one says where a record was written: `server.py:12`. */
const PLACE = / [\w.-]+\.py:\d+$/;

const TOPS = '╭┌┏╔┍┎╒╓';
const BOTTOMS = '╰└┗╚┕┖╘╙';

export function isBoxTop(text: string): boolean {
  return text !== '' && TOPS.includes(text.charAt(0));
}

export function isBoxBottom(text: string): boolean {
  return text !== '' && BOTTOMS.includes(text.charAt(0));
}

export function isTraceBox(text: string): boolean {
  return isBoxTop(text) && text.includes('Traceback');
}

/** A line across the screen, which stands by itself. */
function isRule(text: string): boolean {
  return text.startsWith('─') || text.startsWith('━') || text.startsWith('═');
}

/**
 * A box that is closed is followed by another one only in a chain. Sides, bottoms and branches are
 * never the first line of anything: a tree's root or pip's `×` stands above them.
 */
export function continuesWithBox(held: OpenRecord, { text, isClose }: PlacedLine): boolean {
  if (held.kind !== 'box') {
    if (!isBoxTop(text)) return isClose && !isRule(text);
    return isTraceBox(text) && held.lines === 1 && announcesTrace(held.head);
  }
  if (!isBoxTop(text)) return !(held.isEnded && isRule(text));
  // A SyntaxError has its line of source in a second box, without a title.
  const isSource = held.hasTraceBox && held.isEnded && !text.includes(' ');
  return isSource || (held.lastShape === 'follower' && held.last.endsWith(':'));
}

/**
 * The line before was as wide as the box above it lets a line be. Rich leaves the space at which it
 * breaks a line where there is room for it, which no program's own last line has.
 */
export function isWrapped({ last, boxWidth }: OpenRecord, text: string): boolean {
  const isFull = last.length === boxWidth || (last.endsWith(' ') && last.length < boxWidth);
  if (!isFull) return false;
  const space = text.indexOf(' ');
  const wordLength = space < 0 ? text.length : space;
  return last.trimEnd().length + 1 + wordLength > boxWidth;
}

/**
 * An indented line that is the first of a record. Rich leaves out a time that has not changed, but
 * says behind each first line, and behind no other, where it was written.
 */
export function beginsIndented(held: OpenRecord, { text, isClose }: PlacedLine): boolean {
  if (held.head.length === text.length && isDigit(text.charCodeAt(text.length - 1))) {
    if (PLACE.test(text) && PLACE.test(held.head)) return true;
  }
  // Nothing of a traceback stands further left than its head, but for groups, which have bars.
  if (isClose || held.traceIndent === 0) return false;
  const indent = indentOf(text);
  return indent <= held.traceIndent && !'|+'.includes(text.charAt(indent));
}

export function indentOf(text: string): number {
  let at = 0;
  while (text.charCodeAt(at) === 0x20) at++;
  return at;
}
