/** What a masker has done since it was made; for metrics. Holds no text and no value. */
export interface MaskCounters {
  readonly texts: number;
  /** UTF-16 units of those texts. */
  readonly characters: number;
  /** Texts in which something was masked. */
  readonly maskedTexts: number;
  /** Texts that became a placeholder because they took too long. */
  readonly overBudget: number;
  /** Masked spans by rule id; `secret:<name>` for injected secrets. */
  readonly byRule: ReadonlyMap<string, number>;
}

export class MaskCounting implements MaskCounters {
  texts = 0;
  characters = 0;
  maskedTexts = 0;
  overBudget = 0;
  readonly byRule = new Map<string, number>();

  countSpan(rule: string): void {
    this.byRule.set(rule, (this.byRule.get(rule) ?? 0) + 1);
  }
}
