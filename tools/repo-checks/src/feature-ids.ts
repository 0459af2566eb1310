/** How many features each letter of the mission's list has; ids never change. */
const FEATURES_BY_LETTER = {
  U: 28,
  S: 23,
  M: 32,
  A: 5,
  R: 15,
  I: 10,
  P: 20,
  F: 15,
  H: 10,
  X: 22,
  T: 9,
  B: 16,
};

/** U1, U2, … B16. */
export const FEATURE_IDS: readonly string[] = Object.entries(FEATURES_BY_LETTER).flatMap(
  ([letter, count]) => Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
);
