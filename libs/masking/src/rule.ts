/** What makes a line worth a rule's regular expression besides its keywords. */
export type Shape =
  | 'at-sign'
  | 'card-digits'
  | 'iban-head'
  | 'ssn-dashes'
  | 'six-between-dots'
  | 'any-digit';

export type PersonalData = 'email' | 'phone' | 'card' | 'iban' | 'ssn' | 'ip';

/** What a rule's check and extent are given. */
export interface Found {
  readonly text: string;
  /** The part of the text the rule wants to mask; of a long one the first 1,024 characters. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
  /** What the pattern matched before the value (its `head` group). */
  readonly head: string;
}

/**
 * One row of the masking table.
 *
 * The pattern is global and linear: no nested quantifiers, every quantifier that can be entered
 * from many starting points is bounded or fenced by a look-behind. It masks its whole match, or
 * what follows its `head` group.
 */
export interface MaskRule {
  readonly id: string;
  readonly group: 'credential' | 'context' | 'personal';
  readonly reason: string;
  /** Lower case, three characters or more; one of them must be in the text. */
  readonly keywords: readonly string[];
  readonly shape?: Shape;
  /** What must be in the text besides a keyword. */
  readonly needs?: Shape;
  /** The switch of personal data that governs the rule. */
  readonly data?: PersonalData;
  readonly pattern: RegExp;
  /** Where a value that begins at `start` ends; the pattern then matches only up to the value. */
  readonly extent?: (text: string, start: number) => number;
  readonly accepts?: (found: Found) => boolean;
  /** `⟦` and `⟧` enclose what must be masked; the rest must stay. Each one is a test. */
  readonly examples: readonly string[];
  /** Texts that this rule must leave alone. Each one is a test. */
  readonly counterExamples: readonly string[];
}
