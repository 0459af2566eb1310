import { RE2JS, RE2JSException } from 're2js';
import { foldCase } from './fold-case.ts';

/** Instructions of the compiled program; bounds the time one line can take. */
export const PATTERN_SIZE_MAX = 4000;

/** A user's regular expression, compiled for the linear-time engine. */
export interface Pattern {
  test(text: string): boolean;
  /** Folded texts that every match contains; empty when none is certain. */
  readonly literals: readonly string[];
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
    const literals = literalsOf(source, compiled);
    return { ok: true, pattern: { test: (text) => compiled.test(text), literals } };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { ok: false, problem: `not a regular expression (RE2 syntax): ${error.message}` };
  }
}

const CASELESS = '(?i)';
const ASCII = /^[\x20-\x7e]+$/;

/**
 * The engine knows the literals of patterns that respect case. For a `(?i)` pattern it is asked
 * about the same pattern without the flag; only ASCII ones are kept, whose folding is certain.
 */
function literalsOf(source: string, compiled: RE2JS): string[] {
  const known = literalsOfTree(compiled.re2().prefilter);
  if (known.length > 0 || !source.startsWith(CASELESS)) return known.map(foldCase);
  const plain = RE2JS.compile(source.slice(CASELESS.length));
  return literalsOfTree(plain.re2().prefilter)
    .filter((text) => ASCII.test(text))
    .map(foldCase);
}

/** re2js 2.10 `Prefilter`: what a text must contain, as a tree. */
interface PrefilterNode {
  readonly type: number;
  readonly str: string;
  readonly subs: readonly PrefilterNode[];
}
const EXACT = 1;
const AND = 2;

function literalsOfTree(node: PrefilterNode | null): string[] {
  if (node === null) return [];
  if (node.type === EXACT) return [node.str];
  return node.type === AND ? node.subs.flatMap(literalsOfTree) : [];
}
