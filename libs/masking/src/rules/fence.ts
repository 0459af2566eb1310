import type { MaskRule } from '../rule.ts';

/** The start of a word, also behind an escape whose last letter is no part of it (`\n`, `%3D`). */
const START = String.raw`(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}))`;

/**
 * A pattern that only begins at the start of a word. It keeps short prefixes from being found in
 * the middle of other words, and gives each run of characters one starting point: linear.
 */
export function fenced(body: RegExp): RegExp {
  return new RegExp(`${START}(?:${body.source})`, `${body.flags.replace('g', '')}g`);
}

type CredentialRow = Omit<MaskRule, 'group'>;

/** Rows of vendors' tokens: found by their own form, whatever stands around them. */
export function credentials(rows: readonly CredentialRow[]): MaskRule[] {
  return rows.map((row) => ({ ...row, group: 'credential' }));
}
