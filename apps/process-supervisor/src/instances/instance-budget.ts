import { isDeepStrictEqual } from 'node:util';
import { type BudgetLimits, StormBudget } from '@mcplog/capture';
import type { CatalogueItem } from '@mcplog/protocol';
import { limitsFor } from './storm-settings.ts';

/** The one budget of an instance over all its runs; a new one only when its limits change. */
export class InstanceBudget {
  readonly #limits: BudgetLimits;
  #budget: StormBudget | undefined;

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  /** For the next run. */
  of(item: CatalogueItem): StormBudget {
    const limits = limitsFor(this.#limits, item.storm);
    if (this.#budget === undefined || !isDeepStrictEqual(this.#budget.limits, limits)) {
      this.#budget = new StormBudget(limits);
    }
    return this.#budget;
  }
}
