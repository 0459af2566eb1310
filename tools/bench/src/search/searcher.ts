import type { Question } from './questions.ts';

/** Somebody who can be asked. */
export interface Searcher {
  readonly name: string;
  readonly reads: 'plain' | 'gzip';
  /** The total, or the entries of the page. */
  ask(question: Question): Promise<number>;
  close?(): void;
}
