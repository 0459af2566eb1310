import { pause } from '@mcplog/service-host';

const LOOK_EVERY_MS = 5_000;

interface Instance {
  readonly id: string;
  readonly service: string;
  readonly desired: string;
}

export interface FollowOptions<I extends Instance> {
  readonly list: () => Promise<readonly I[]>;
  /** Goes on until `gone`, or until everything stops. */
  readonly visit: (instance: I, gone: AbortSignal) => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
  readonly everyMs?: number;
}

/**
 * Keeps one visit going for each instance that is to run: new ones are found, stopped and deleted
 * ones left alone. Resolves after the signal, when every visit has ended.
 */
export async function followInstances<I extends Instance>(
  options: FollowOptions<I>,
): Promise<void> {
  const { list, visit, onError, signal, everyMs = LOOK_EVERY_MS } = options;
  const visits = new Map<
    string,
    { readonly gone: AbortController; readonly done: Promise<void> }
  >();
  while (!signal.aborted) {
    try {
      const wanted = (await list()).filter(({ desired }) => desired === 'running');
      for (const instance of wanted) {
        if (visits.has(instance.id)) continue;
        const gone = new AbortController();
        visits.set(instance.id, { gone, done: visit(instance, gone.signal) });
      }
      for (const [id, { gone }] of visits) {
        if (wanted.some((instance) => instance.id === id)) continue;
        gone.abort();
        visits.delete(id);
      }
    } catch (error) {
      onError(error);
    }
    await pause(everyMs, signal);
  }
  await Promise.all([...visits.values()].map(({ done }) => done));
}
