const LETTERS = 'aR7kTz2QmX9bLw4VnE8cHs3YdJ6gPf5UuG1tKqN0';

/**
 * Text that looks random, for the table's examples: a literal token would set off the scanners of
 * everybody who holds this repository.
 */
export function sample(length: number, alphabet: RegExp = /./): string {
  const allowed = [...LETTERS, ...LETTERS.toLowerCase()].filter((char) => alphabet.test(char));
  return Array.from({ length }, (_, i) => allowed[(i * 7 + (i >> 3)) % allowed.length]).join('');
}

export const HEX = /[0-9a-f]/;
export const UPPER = /[A-Z2-7]/;
export const DIGITS = /[0-9]/;
