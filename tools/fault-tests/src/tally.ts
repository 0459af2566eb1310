/** Counts what passed and failed, and keeps the first failures whole. */
const KEPT_MAX = 10;

export interface Failure {
  /** Everything needed to run the same again. */
  readonly plan: string;
  readonly error: unknown;
}

export class Tally {
  passed = 0;
  failed = 0;
  readonly failures: Failure[] = [];

  /** @returns what the check gave, `undefined` when it failed. */
  async check<T>(check: () => Promise<T>, plan: () => string): Promise<T | undefined> {
    try {
      const result = await check();
      this.passed++;
      return result;
    } catch (error) {
      this.fail(plan(), error);
      return undefined;
    }
  }

  fail(plan: string, error: unknown): void {
    this.failed++;
    if (this.failures.length < KEPT_MAX) this.failures.push({ plan, error });
  }
}
