import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { isAborted } from '../api/client.ts';

/** What a page knows of an answer: the last one stays while a newer one is on its way. */
export interface Asked<Data> {
  readonly data: Data | undefined;
  readonly error: unknown;
  readonly ask: () => void;
}

/** Asks once, then every `everyMs` milliseconds while the page is visible (0: never again). */
export function useAnswer<Data>(
  read: (signal: AbortSignal) => Promise<Data>,
  everyMs = 0,
): Asked<Data> {
  const [state, setState] = useState<{ data?: Data; error?: unknown }>({});
  const running = useRef<AbortController>(undefined);
  const ask = useCallback(() => {
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    read(abort.signal).then(
      (data) => !abort.signal.aborted && setState({ data }),
      (error: unknown) => {
        if (!isAborted(error) && !abort.signal.aborted) setState((old) => ({ ...old, error }));
      },
    );
  }, [read]);
  useEffect(() => {
    ask();
    const timer = everyMs > 0 ? setInterval(() => document.hidden || ask(), everyMs) : undefined;
    return () => {
      clearInterval(timer);
      running.current?.abort();
    };
  }, [ask, everyMs]);
  return { data: state.data, error: state.error, ask };
}
