import { McplogError } from '@mcplog/protocol';

export interface OpenTailsLimits {
  readonly perUserMax: number;
  readonly max: number;
}

/** The tails that are open now, by session, so that an ended session ends them. */
export class OpenTails {
  readonly #limits: OpenTailsLimits;
  readonly #bySession = new Map<string, Set<() => void>>();
  readonly #perUser = new Map<string, number>();
  #count = 0;

  constructor(limits: OpenTailsLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#count;
  }

  /** @throws McplogError 429 when the user or this gateway has too many */
  assertRoom(userId: string): void {
    const { perUserMax, max } = this.#limits;
    if ((this.#perUser.get(userId) ?? 0) >= perUserMax) {
      const limit = `You have ${perUserMax} live tails open, the most that is allowed.`;
      throw new McplogError('MCPLOG_TOO_MANY_REQUESTS', limit);
    }
    if (this.#count >= max) {
      throw new McplogError(
        'MCPLOG_TOO_MANY_REQUESTS',
        `This gateway serves ${max} tails already.`,
      );
    }
  }

  /** Counts a tail; returns how to count it off again. */
  add(userId: string, sessionKey: string, end: () => void): () => void {
    const ends = this.#bySession.get(sessionKey) ?? new Set();
    this.#bySession.set(sessionKey, ends.add(end));
    this.#perUser.set(userId, (this.#perUser.get(userId) ?? 0) + 1);
    this.#count++;
    return () => {
      if (!ends.delete(end)) return;
      if (ends.size === 0) this.#bySession.delete(sessionKey);
      this.#count--;
      const left = (this.#perUser.get(userId) ?? 1) - 1;
      if (left === 0) this.#perUser.delete(userId);
      else this.#perUser.set(userId, left);
    };
  }

  /** Ends every tail of a session that is over. */
  endSession(sessionKey: string): void {
    for (const end of [...(this.#bySession.get(sessionKey) ?? [])]) end();
  }
}
