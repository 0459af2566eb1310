import { type Clock, systemClock } from '@mcplog/capture';

const TELL_EVERY_MS = 60_000;

/** Tells at once that a text could not be masked in time, and then at most once a minute how many. */
export class UnmaskableNotice {
  readonly #tell: (count: number) => void;
  readonly #clock: Clock;
  #told = 0;
  #known = 0;
  #timer: (() => void) | undefined;

  constructor(tell: (count: number) => void, clock: Clock = systemClock) {
    this.#tell = tell;
    this.#clock = clock;
  }

  /** So many texts were given up so far. */
  note(total: number): void {
    this.#known = total;
    if (total > this.#told && this.#timer === undefined) this.#tellNow();
  }

  /** Tells what was not told yet. */
  end(): void {
    this.#timer?.();
    this.#timer = undefined;
    this.#tellRest();
  }

  #tellNow(): void {
    this.#tellRest();
    this.#timer = this.#clock.schedule(() => {
      this.#timer = undefined;
      if (this.#known > this.#told) this.#tellNow();
    }, TELL_EVERY_MS);
  }

  #tellRest(): void {
    const count = this.#known - this.#told;
    this.#told = this.#known;
    if (count > 0) this.#tell(count);
  }
}
