const FINAL_SIGMA_OR_LONG_S = /[ςſ]/g;

/**
 * The form in which texts are compared when case does not matter: Unicode lower case, with the two
 * letters that lower-casing leaves apart from their plain form (ς → σ, ſ → s) brought together. The
 * same text always folds the same way, wherever it stands in a word.
 */
export function foldCase(text: string): string {
  return text
    .toLowerCase()
    .replace(FINAL_SIGMA_OR_LONG_S, (letter) => (letter === 'ς' ? 'σ' : 's'));
}
