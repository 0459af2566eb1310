/** What everybody is asked, each in their own language. */
import type { LogFilter } from '@mcplog/log-query';

export interface Question {
  readonly key: 'unique-id' | 'common-word' | 'expression' | 'first-page';
  readonly title: string;
  readonly filter: LogFilter;
  /** Entries shown; the total is wanted unless it is a page only. */
  readonly limit: number;
  readonly pageOnly: boolean;
  /** For grep and ripgrep: a fixed string or an extended regular expression on whole lines. */
  readonly pattern: { readonly text: string; readonly fixed: boolean };
  /** For DuckDB: a condition, and the columns it reads besides. */
  readonly sql: { readonly where: string; readonly columns: readonly string[] };
}

/** Entries of a page. */
export const PAGE = 100;

/** Others respect case, which spares them work: our search text matches whatever its case. */
export function questionsFor(uniqueId: string): readonly Question[] {
  return [
    {
      key: 'unique-id',
      title: 'a unique id, with total',
      filter: { search: uniqueId },
      limit: PAGE,
      pageOnly: false,
      pattern: { text: uniqueId, fixed: true },
      sql: { where: `contains(message, '${uniqueId}')`, columns: ['message'] },
    },
    {
      key: 'common-word',
      title: 'a common word, exact total',
      filter: { search: 'upload_asset' },
      limit: PAGE,
      pageOnly: false,
      pattern: { text: 'upload_asset', fixed: true },
      sql: { where: `contains(message, 'upload_asset')`, columns: ['message'] },
    },
    {
      key: 'expression',
      title: 'a regular expression, exact total',
      filter: { regex: 'finished in [0-9]{4} ms' },
      limit: PAGE,
      pageOnly: false,
      pattern: { text: 'finished in [0-9]{4} ms', fixed: false },
      sql: {
        where: `regexp_matches(message, 'finished in [0-9]{4} ms')`,
        columns: ['message'],
      },
    },
    {
      key: 'first-page',
      title: `the newest ${PAGE} errors, no total`,
      filter: { levels: ['error'] },
      limit: PAGE,
      pageOnly: true,
      pattern: { text: '"level":"error"', fixed: true },
      sql: { where: `level = 'error'`, columns: ['level', 'timestamp', 'message'] },
    },
  ];
}
