/**
 * The same yes or no from V8's own engine, which is twenty times faster but tries again and again:
 * only for patterns and texts where the number of its steps is bounded beforehand, and only for
 * ASCII, where both engines mean the same by case, words and spaces.
 */
import type { CharRange, PatternNode, PatternTree } from './pattern-tree.ts';

/** Steps that one text may take at worst, some 100 ms; ordinary texts take a few hundred. */
const STEPS_MAX = 40_000_000;
const LENGTH_MIN = 64;
const LENGTH_MAX = 1_000_000;
const UNBOUNDED_MAX = 3;
const REPEAT_MAX = 1_000;
const ASCII_MAX = 0x7f;

export interface NativePattern {
  readonly expression: RegExp;
  /** Longest text, in characters, that it may be given. */
  readonly lengthMax: number;
  /** True when the steps grow with the square of a text's length, or faster. */
  readonly mayCrawl: boolean;
}

/** `undefined` for a pattern whose steps cannot be bounded, or that is not all ASCII. */
export function nativePatternOf({ root, ignoresCase }: PatternTree): NativePattern | undefined {
  const work = workOf(root);
  const source = work === undefined ? undefined : writeNode(root);
  if (work === undefined || source === undefined) return undefined;
  const lengthMax = longestWithin(work);
  if (lengthMax < LENGTH_MIN) return undefined;
  const expression = new RegExp(source, ignoresCase ? 'i' : '');
  return { expression, lengthMax, mayCrawl: work.steps.length > 1 };
}

/** Coefficients of a polynomial in the length of the text, lowest power first. */
type Growth = readonly number[];

/** What may be tried from one place of the text at worst. */
interface Work {
  /** Ways to match the part. */
  readonly ways: Growth;
  /** Characters looked at on all ways together. */
  readonly steps: Growth;
}

function longestWithin({ steps }: Work): number {
  const fits = (length: number) => length * valueAt(steps, length) <= STEPS_MAX;
  let [low, high] = [0, LENGTH_MAX];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function valueAt(growth: Growth, length: number): number {
  return growth.reduceRight((total, factor) => total * length + factor, 0);
}

function plus(left: Growth, right: Growth): Growth {
  const [long, short] = left.length >= right.length ? [left, right] : [right, left];
  return long.map((factor, power) => factor + (short[power] ?? 0));
}

function times(left: Growth, right: Growth): Growth {
  const product = new Array<number>(left.length + right.length - 1).fill(0);
  for (const [one, a] of left.entries()) {
    for (const [two, b] of right.entries()) product[one + two] = (product[one + two] ?? 0) + a * b;
  }
  return product;
}

function workOf(node: PatternNode): Work | undefined {
  switch (node.kind) {
    case 'char':
    case 'place':
      return { ways: [1], steps: [1] };
    case 'sequence':
      return workOfSequence(node.parts);
    case 'choice':
      return workOfChoice(node.options);
    case 'repeat':
      return workOfRepeat(node);
  }
}

/** Each part is tried once for every way through those before it. */
function workOfSequence(parts: readonly PatternNode[]): Work | undefined {
  let ways: Growth = [1];
  let steps: Growth = [0];
  for (const part of parts) {
    const work = workOf(part);
    if (work === undefined) return undefined;
    steps = plus(steps, times(ways, work.steps));
    ways = times(ways, work.ways);
    if (ways.length > UNBOUNDED_MAX + 1) return undefined;
  }
  return { ways, steps };
}

function workOfChoice(options: readonly PatternNode[]): Work | undefined {
  let total: Work = { ways: [0], steps: [0] };
  for (const option of options) {
    const work = workOf(option);
    if (work === undefined) return undefined;
    total = { ways: plus(total.ways, work.ways), steps: plus(total.steps, work.steps) };
  }
  return total;
}

function workOfRepeat({ part, min, max }: PatternNode & { kind: 'repeat' }): Work | undefined {
  const once = workOf(part);
  if (once === undefined) return undefined;
  if (max === 1) return { ways: plus(once.ways, [1]), steps: plus(once.steps, [1]) };
  // What repeats must be one character: then only the number of times is open.
  if (part.kind !== 'char' || min > REPEAT_MAX) return undefined;
  if (max === Number.POSITIVE_INFINITY) return { ways: [1, 1], steps: [1, 1] };
  return max > REPEAT_MAX ? undefined : { ways: [max - min + 1], steps: [max + 1] };
}

/** As V8 writes it; `undefined` when a character is not ASCII. */
function writeNode(node: PatternNode): string | undefined {
  switch (node.kind) {
    case 'char':
      return writeClass(node.ranges);
    case 'place':
      return { start: '^', end: '$', boundary: '\\b', inside: '\\B' }[node.at];
    case 'sequence':
      return writeAll(node.parts, '');
    case 'choice': {
      const options = writeAll(node.options, '|');
      return options === undefined ? undefined : `(?:${options})`;
    }
    case 'repeat': {
      const part = writeNode(node.part);
      const max = node.max === Number.POSITIVE_INFINITY ? '' : node.max;
      return part === undefined ? undefined : `(?:${part}){${node.min},${max}}`;
    }
  }
}

function writeAll(nodes: readonly PatternNode[], between: string): string | undefined {
  const written = nodes.map(writeNode);
  return written.includes(undefined) ? undefined : written.join(between);
}

/** What a class has beyond ASCII is left out, since none of the texts has it. */
function writeClass(ranges: readonly CharRange[]): string | undefined {
  // A letter from outside may stand for an ASCII one when case does not matter.
  const isAscii = ranges.every(([from, to]) => to <= ASCII_MAX || from <= ASCII_MAX);
  if (!isAscii || ranges.length === 0) return undefined;
  return `[${ranges.map(([from, to]) => writeRange(from, Math.min(to, ASCII_MAX))).join('')}]`;
}

function writeRange(from: number, to: number): string {
  return from === to ? writeChar(from) : `${writeChar(from)}-${writeChar(to)}`;
}

function writeChar(code: number): string {
  return `\\x${code.toString(16).padStart(2, '0')}`;
}
