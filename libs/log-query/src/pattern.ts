import { RE2JS, RE2JSException } from 're2js';
import { foldCase } from './fold-case.ts';
import { type NativePattern, nativePatternOf } from './native-pattern.ts';
import { type LiteralSet, literalSetsOf } from './pattern-literals.ts';
import { readPatternTree } from './pattern-tree.ts';

/** Instructions of the compiled program; bounds the time one line can take. */
export const PATTERN_SIZE_MAX = 4000;

/** A user's regular expression; what it matches is what the linear-time engine says. */
export interface Pattern {
  test(text: string): boolean;
  /** The same for a text that is all ASCII, which it does not look at again. */
  testAscii(text: string): boolean;
  /** Every match contains a text of each set, folded; empty when none is certain. */
  readonly literalSets: readonly LiteralSet[];
  /** True when V8's own engine answers for the texts that are safe for it. */
  readonly isNative: boolean;
}

export type PatternResult =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly problem: string };

export function compilePattern(source: string): PatternResult {
  try {
    const compiled = RE2JS.compile(source);
    const size = compiled.programSize();
    if (size > PATTERN_SIZE_MAX) {
      const problem = `compiles to ${size} steps, at most ${PATTERN_SIZE_MAX} are accepted`;
      return { ok: false, problem: `${problem}: use smaller repetitions` };
    }
    return { ok: true, pattern: createPattern(source, compiled) };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { ok: false, problem: `not a regular expression (RE2 syntax): ${error.message}` };
  }
}

function createPattern(source: string, compiled: RE2JS): Pattern {
  const tree = readPatternTree(source);
  const native = tree && nativePatternOf(tree);
  const linear = (text: string) => compiled.test(text);
  const testAscii = native === undefined ? linear : nativeTest(native, linear);
  return {
    test: (text) => (BEYOND_ASCII.test(text) ? linear(text) : testAscii(text)),
    testAscii,
    literalSets: tree === undefined ? literalsOfEngine(compiled) : literalSetsOf(tree),
    isNative: native !== undefined,
  };
}

const BEYOND_ASCII = /[^\0-\x7f]/;
/** A pattern that crawls is given up when it took longer than this, and than the other would. */
const PATIENCE_MS = 50;
const LINEAR_MS_PER_CHAR = 0.0002;

function nativeTest(
  { expression, lengthMax, mayCrawl }: NativePattern,
  linear: (text: string) => boolean,
): (text: string) => boolean {
  let spentMs = 0;
  let chars = 0;
  let isGivenUp = false;
  return (text) => {
    if (isGivenUp || text.length > lengthMax) return linear(text);
    if (!mayCrawl) return expression.test(text);
    const startedMs = performance.now();
    const isMatch = expression.test(text);
    spentMs += performance.now() - startedMs;
    chars += text.length;
    isGivenUp = spentMs > PATIENCE_MS && spentMs > chars * LINEAR_MS_PER_CHAR;
    return isMatch;
  };
}

/** re2js 2.10 `Prefilter`: what a text must contain, as a tree; it knows all of the syntax. */
interface PrefilterNode {
  readonly type: number;
  readonly str: string;
  readonly subs: readonly PrefilterNode[];
}
const EXACT = 1;
const AND = 2;

function literalsOfEngine(compiled: RE2JS): LiteralSet[] {
  return literalsOfTree(compiled.re2().prefilter).map((text) => [foldCase(text)]);
}

function literalsOfTree(node: PrefilterNode | null): string[] {
  if (node === null) return [];
  if (node.type === EXACT) return [node.str];
  return node.type === AND ? node.subs.flatMap(literalsOfTree) : [];
}
