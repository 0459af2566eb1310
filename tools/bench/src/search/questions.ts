/** What everybody is asked, each in their own language. */
import type { LogFilter } from '@mcplog/log-query';
import { RARE_WORD } from '../store/realistic-entries.ts';
import type { SealedStore } from '../store/sealed-store.ts';

export interface Question {
  readonly key:
    | 'unique-id'
    | 'rare-word'
    | 'common-word'
    | 'expression'
    | 'first-page'
    | 'histogram';
  readonly title: string;
  readonly filter: LogFilter;
  readonly wants: 'total' | 'page' | 'histogram';
  /** For grep and ripgrep: a fixed string or an extended regular expression on whole lines. */
  readonly pattern: { readonly text: string; readonly fixed: boolean };
  /** For DuckDB: a condition, and the columns it reads besides. */
  readonly sql: { readonly where: string; readonly columns: readonly string[] };
}

/** Entries of a page. */
export const PAGE = 100;
export const HISTOGRAM_BUCKETS = 60;

/** Others respect case, which spares them work: our search text matches whatever its case. */
export function questionsFor({ uniqueId }: SealedStore): readonly Question[] {
  return [
    textQuestion('unique-id', 'a unique id, with total', uniqueId),
    textQuestion('rare-word', 'a rare word, exact total', RARE_WORD),
    textQuestion('common-word', 'a common word, exact total', 'upload_asset'),
    {
      key: 'expression',
      title: 'a regular expression, exact total',
      filter: { regex: 'finished in [0-9]{4} ms' },
      wants: 'total',
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
      wants: 'page',
      pattern: { text: '"level":"error"', fixed: true },
      sql: { where: `level = 'error'`, columns: ['level', 'timestamp', 'message'] },
    },
    {
      key: 'histogram',
      title: `${HISTOGRAM_BUCKETS} buckets of 30 days, by level`,
      filter: {},
      wants: 'histogram',
      pattern: { text: '', fixed: true },
      sql: { where: 'true', columns: ['level', 'timestamp'] },
    },
  ];
}

function textQuestion(key: Question['key'], title: string, text: string): Question {
  return {
    key,
    title,
    filter: { search: text },
    wants: 'total',
    pattern: { text, fixed: true },
    sql: { where: `contains(message, '${text}')`, columns: ['message'] },
  };
}
