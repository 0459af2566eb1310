/** Starts work ahead of its turn and hands the results out in turn. */

export interface InOrderOptions<Item, Result> {
  /** Items under way at once at first; then they double, for often the first result is enough. */
  readonly aheadFirst: number;
  readonly aheadMax: number;
  run(item: Item, place: number): Promise<Result>;
  /** Told once when nobody wants the rest; work under way is awaited all the same. */
  stop(): void;
  /** Takes each result that nobody wants any more. */
  drop?(result: Result): void;
}

export async function* inOrder<Item, Result>(
  items: Iterable<Item>,
  { aheadFirst, aheadMax, run, stop, drop }: InOrderOptions<Item, Result>,
): AsyncGenerator<Result> {
  const source = items[Symbol.iterator]();
  const underWay: Promise<Result>[] = [];
  let ahead = aheadFirst;
  let place = 0;
  const fill = () => {
    while (underWay.length < ahead) {
      const { value, done } = source.next();
      if (done === true) return;
      const result = run(value, place++);
      // It is awaited in its turn; until then a failure is nobody's surprise.
      result.catch(() => undefined);
      underWay.push(result);
    }
  };
  try {
    for (;;) {
      fill();
      const next = underWay[0];
      if (next === undefined) return;
      const result = await next;
      underWay.shift();
      ahead = Math.min(ahead * 2, aheadMax);
      fill();
      yield result;
    }
  } finally {
    stop();
    for (const end of await Promise.allSettled(underWay)) {
      if (end.status === 'fulfilled') drop?.(end.value);
    }
  }
}
