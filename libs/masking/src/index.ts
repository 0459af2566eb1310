export type { LineMasker, PassedLines } from './line-masker.ts';
export type { SiftedLines } from './line-sieve.ts';
export type { MaskCounters } from './mask-counters.ts';
export { createMasker, type Masker, type MaskerOptions, PERSONAL_DATA_DEFAULTS } from './masker.ts';
export type { MaskRule, PersonalData, Shape } from './rule.ts';
export { MASK_RULES } from './rules.ts';
export type { Secret } from './secret-needles.ts';
