import { openLogReader } from '@mcplog/log-store/reader';
import { IDS } from './searched-logs.ts';
import type { Searcher } from './searcher.ts';

/** The reader that query-api uses, in this process as there. */
export function openMcplogSearcher(root: string): Searcher {
  const view = openLogReader({ root }).instance(IDS);
  return {
    name: 'mcplog',
    reads: 'plain',
    ask: async ({ filter, limit, pageOnly }) => {
      const count = pageOnly ? 'none' : 'exact';
      const { entries, total } = await view.query({ filter, limit, count });
      return total ?? entries.length;
    },
  };
}
