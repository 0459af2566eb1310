import { useCallback, useState } from 'preact/hooks';
import { type Calls, type CallView, readCalls } from '../api/calls.ts';
import { useAnswer } from '../ui/use-answer.ts';
import { type CallAddress, paramsOf } from './call-address.ts';

const REFRESH_MS = 10_000;
const NOTHING_OLDER: readonly CallView[] = [];

interface Older {
  /** The list that these calls continue. */
  readonly key: string;
  readonly calls: readonly CallView[];
  readonly cursor: string | null;
  readonly isBusy: boolean;
  readonly error?: unknown;
}

/** Which list the address asks for; the opened call does not matter. */
function listKey(instanceId: string, { span, tool, method, outcome }: CallAddress): string {
  return JSON.stringify([instanceId, span, tool, method, outcome]);
}

/**
 * The newest page, renewed every 10 s, and the older calls that were asked for. With older ones shown
 * nothing is renewed: the list would no longer be without a hole.
 */
export function useCalls(instanceId: string, address: CallAddress) {
  const key = listKey(instanceId, address);
  const [older, setOlder] = useState<Older>();
  const mine = older?.key === key ? older : undefined;
  const read = useCallback(
    async (signal: AbortSignal) => {
      const page = await readCalls(instanceId, paramsOf(address, Date.now()), signal);
      return { key, page };
    },
    [key],
  );
  const { data, error, ask } = useAnswer(read, mine === undefined ? REFRESH_MS : 0);
  const page: Calls | undefined = data?.page;
  const cursor = mine === undefined ? page?.pagination.next_cursor : mine.cursor;
  const askOlder = () => {
    if (page?.sample == null || cursor == null) return;
    const { start_time, end_time } = page.sample;
    const before = mine?.calls ?? NOTHING_OLDER;
    const now = { key, calls: before, cursor };
    setOlder({ ...now, isBusy: true });
    const params = { ...paramsOf(address, Date.now()), start_time, end_time, cursor };
    readCalls(instanceId, params, new AbortController().signal).then(
      ({ calls, pagination }) =>
        setOlder({
          key,
          calls: [...before, ...calls],
          cursor: pagination.next_cursor,
          isBusy: false,
        }),
      (failure: unknown) => setOlder({ ...now, isBusy: false, error: failure }),
    );
  };
  return {
    page,
    error,
    ask,
    /** The page is still that of the filters before. */
    isStale: data !== undefined && data.key !== key,
    calls: [...(page?.calls ?? []), ...(mine?.calls ?? NOTHING_OLDER)],
    hasMore: cursor != null,
    isPaused: mine !== undefined,
    isBusy: mine?.isBusy === true,
    olderError: mine?.error,
    askOlder,
    backToNewest: () => setOlder(undefined),
  };
}
