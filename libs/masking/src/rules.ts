import type { MaskRule } from './rule.ts';
import { KEY_RULES } from './rules/keys.ts';

/** The whole table, surest first; every row's examples are tests. */
export const MASK_RULES: readonly MaskRule[] = [...KEY_RULES];
