import type { MaskRule } from './rule.ts';
import { ASSIGNMENT_RULES } from './rules/assignments.ts';
import { ASSISTANT_RULES } from './rules/assistants.ts';
import { CLOUD_RULES } from './rules/clouds.ts';
import { CODE_HOST_RULES } from './rules/code-hosts.ts';
import { COMMERCE_RULES } from './rules/commerce.ts';
import { KEY_RULES } from './rules/keys.ts';
import { MESSAGING_RULES } from './rules/messaging.ts';
import { PERSONAL_RULES } from './rules/personal.ts';
import { WEB_RULES } from './rules/web.ts';

/** The whole table, surest first; every row's examples are tests. */
export const MASK_RULES: readonly MaskRule[] = [
  ...KEY_RULES,
  ...CODE_HOST_RULES,
  ...CLOUD_RULES,
  ...ASSISTANT_RULES,
  ...MESSAGING_RULES,
  ...COMMERCE_RULES,
  ...WEB_RULES,
  ...ASSIGNMENT_RULES,
  ...PERSONAL_RULES,
];
