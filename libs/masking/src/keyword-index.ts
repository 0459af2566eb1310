import type { MaskRule } from './rule.ts';

/** A keyword, and the rule it belongs to by its place in the table. */
export interface Keyword {
  readonly text: string;
  readonly rule: number;
}

/** Keywords by the hash of their first three characters. */
export interface KeywordIndex {
  /** 1 for each hash that has keywords. */
  readonly marks: Uint8Array;
  readonly buckets: ReadonlyMap<number, readonly Keyword[]>;
}

export const GRAM_MASK = 0x7fff;
export const KEYWORD_MARK = 1;

/** One index per set of rules: hundreds of maskers differ in their secrets only. */
const indexes = new Map<string, KeywordIndex>();

/** @throws Error for a keyword the prefilter could not see */
export function keywordIndexOf(rules: readonly MaskRule[]): KeywordIndex {
  const key = rules.map(({ id }) => id).join();
  const known = indexes.get(key);
  if (known !== undefined) return known;
  const index = indexKeywords(rules);
  indexes.set(key, index);
  return index;
}

function indexKeywords(rules: readonly MaskRule[]): KeywordIndex {
  const marks = new Uint8Array(GRAM_MASK + 1);
  const buckets = new Map<number, Keyword[]>();
  rules.forEach((rule, index) => {
    for (const text of rule.keywords) {
      if (text.length < 3 || text !== text.toLowerCase()) {
        throw new Error(`keyword "${text}" must be lower case and have 3 characters or more`);
      }
      const gram = gramOf(text);
      marks[gram] = KEYWORD_MARK;
      buckets.set(gram, [...(buckets.get(gram) ?? []), { text, rule: index }]);
    }
  });
  return { marks, buckets };
}

/** Hash of a text's first three characters; `| 32` folds the case. */
export function gramOf(text: string): number {
  let gram = 0;
  for (let i = 0; i < 3; i++) gram = ((gram << 5) ^ (text.charCodeAt(i) | 32)) & GRAM_MASK;
  return gram;
}

/** Compares character by character: no string is made, as this runs for many near misses. */
export function standsAt(text: string, at: number, keyword: string): boolean {
  for (let i = 0; i < keyword.length; i++) {
    const code = text.charCodeAt(at + i);
    const lower = code >= 65 && code <= 90 ? code + 32 : code;
    if (lower !== keyword.charCodeAt(i)) return false;
  }
  return true;
}
