import { McplogError } from '@mcplog/protocol';

export interface SearchPlacesOptions {
  /** Searches one user may have running. */
  readonly perUserMax: number;
  /** Searches of all users together. */
  readonly max: number;
}

/** Says how many searches run at once, so that nobody's searches hold up everybody's. */
export class SearchPlaces {
  readonly #options: SearchPlacesOptions;
  readonly #running = new Map<string, number>();
  #all = 0;

  constructor(options: SearchPlacesOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#all;
  }

  /** @throws McplogError: too many requests of this user, or of all together */
  async run<Answer>(userId: string, search: () => Promise<Answer>): Promise<Answer> {
    this.#take(userId);
    try {
      return await search();
    } finally {
      this.#release(userId);
    }
  }

  #take(userId: string): void {
    const { perUserMax, max } = this.#options;
    const mine = this.#running.get(userId) ?? 0;
    if (mine >= perUserMax) {
      const limit = `You have ${mine} searches running; ${perUserMax} are allowed at a time.`;
      throw new McplogError('MCPLOG_TOO_MANY_REQUESTS', `${limit} Try again when one has ended.`);
    }
    if (this.#all >= max) {
      const limit = `${this.#all} searches are running, which is all this service takes.`;
      throw new McplogError('MCPLOG_SERVICE_UNAVAILABLE', `${limit} Try again in a moment.`);
    }
    this.#running.set(userId, mine + 1);
    this.#all++;
  }

  #release(userId: string): void {
    const left = (this.#running.get(userId) ?? 1) - 1;
    if (left === 0) this.#running.delete(userId);
    else this.#running.set(userId, left);
    this.#all--;
  }
}
