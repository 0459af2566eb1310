import { foldCase } from './fold-case.ts';
import type { CharRange, PatternNode, PatternTree } from './pattern-tree.ts';

/** Texts of which at least one is in every match, folded. */
export type LiteralSet = readonly string[];

const MEMBERS_MAX = 16;
const LENGTH_MAX = 64;
const CLASS_CHARS_MAX = 6;
const ASCII_MAX = 0x7f;

interface Needs {
  /** All texts that the part can be, when they are few. */
  readonly exact?: LiteralSet;
  /** Each of them holds for every match of the part. */
  readonly sets: readonly LiteralSet[];
}

const NOTHING: Needs = { sets: [] };

/** What every text that matches contains: one member of each set. */
export function literalSetsOf({ root, ignoresCase }: PatternTree): readonly LiteralSet[] {
  const { exact, sets } = needsOf(root, ignoresCase);
  const all = exact === undefined ? sets : [...sets, exact];
  return all.filter((set) => !set.includes(''));
}

function needsOf(node: PatternNode, ignoresCase: boolean): Needs {
  const visit = (inner: PatternNode) => needsOf(inner, ignoresCase);
  switch (node.kind) {
    case 'char':
      return needsOfChar(node.ranges, ignoresCase);
    case 'place':
      return { exact: [''], sets: [] };
    case 'sequence':
      return needsOfSequence(node.parts.map(visit));
    case 'choice':
      return needsOfChoice(node.options.map(visit));
    case 'repeat':
      return needsOfRepeat(visit(node.part), node);
  }
}

/**
 * Without regard to case only ASCII is certain: which letters from outside fold to which is known
 * to the engine alone.
 */
function needsOfChar(ranges: readonly CharRange[], ignoresCase: boolean): Needs {
  const chars: string[] = [];
  for (const [from, to] of ranges) {
    if (to - from >= CLASS_CHARS_MAX || (ignoresCase && to > ASCII_MAX)) return NOTHING;
    for (let code = from; code <= to; code++) chars.push(foldCase(String.fromCodePoint(code)));
  }
  const exact = [...new Set(chars)];
  return exact.length === 0 || exact.length > CLASS_CHARS_MAX ? NOTHING : { exact, sets: [] };
}

function needsOfSequence(parts: readonly Needs[]): Needs {
  const sets: LiteralSet[] = [];
  let run: LiteralSet = [''];
  let isWhole = true;
  const endRun = () => {
    if (!run.includes('')) sets.push(run);
    run = [''];
  };
  for (const { exact, sets: inner } of parts) {
    sets.push(...inner);
    const longer = exact === undefined ? undefined : joined(run, exact);
    if (longer !== undefined) {
      run = longer;
      continue;
    }
    isWhole = false;
    endRun();
    run = exact ?? run;
  }
  if (isWhole) return { exact: run, sets };
  endRun();
  return { sets };
}

/** Every text of one followed by every text of the other; `undefined` when they get too many. */
function joined(left: LiteralSet, right: LiteralSet): LiteralSet | undefined {
  if (left.length * right.length > MEMBERS_MAX) return undefined;
  const texts = left.flatMap((head) => right.map((tail) => head + tail));
  return texts.some(({ length }) => length > LENGTH_MAX) ? undefined : [...new Set(texts)];
}

function needsOfChoice(options: readonly Needs[]): Needs {
  const exacts = options.flatMap(({ exact }) => (exact === undefined ? [] : [exact]));
  if (exacts.length === options.length) {
    const exact = [...new Set(exacts.flat())];
    if (exact.length <= MEMBERS_MAX) return { exact, sets: [] };
  }
  const best = options.map(bestSet);
  const either = best.flatMap((set) => set ?? []);
  const isCertain = best.every((set) => set !== undefined) && either.length <= 2 * MEMBERS_MAX;
  return isCertain ? { sets: [[...new Set(either)]] } : NOTHING;
}

/** The set that rules out most: long texts, few of them. */
function bestSet({ exact, sets }: Needs): LiteralSet | undefined {
  const usable = [...sets, ...(exact === undefined ? [] : [exact])].filter(
    (set) => !set.includes(''),
  );
  return usable.toSorted((one, other) => shortest(other) - shortest(one))[0];
}

function shortest(set: LiteralSet): number {
  return Math.min(...set.map(({ length }) => length));
}

function needsOfRepeat(
  { exact, sets }: Needs,
  { min, max }: { readonly min: number; readonly max: number },
): Needs {
  if (min === 1 && max === 1) return exact === undefined ? { sets } : { exact, sets };
  if (min === 0) {
    const isOptional = max === 1 && exact !== undefined && exact.length < MEMBERS_MAX;
    return isOptional ? { exact: [...new Set([...exact, ''])], sets: [] } : NOTHING;
  }
  if (exact === undefined) return { sets };
  const repeated = exact.length === 1 ? exact.map((text) => text.repeat(min)) : exact;
  const isShort = shortest(repeated) <= LENGTH_MAX;
  if (min === max && exact.length === 1 && isShort) return { exact: repeated, sets };
  const certain = isShort ? repeated : exact;
  return { sets: certain.includes('') ? sets : [...sets, certain] };
}
