import type { LogTarget } from '@mcplog/log-store/writer';
import { AUDIT, instanceFile } from '../history.ts';

/** The logs of which the child says, in this order, how far they have come. */
export const TARGETS: readonly LogTarget[] = [
  instanceFile('one'),
  instanceFile('one', 'error'),
  instanceFile('two'),
  AUDIT,
];
