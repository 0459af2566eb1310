import type { Question } from './questions.ts';

/** Somebody who can be asked. */
export interface Searcher {
  readonly name: string;
  /** Questions that it has an answer to. */
  canAnswer(question: Question): boolean;
  /**
   * The total, the entries of the page, or all that the histogram counts.
   * @param round from 0; lets a searcher ask so that no earlier answer can be used again
   */
  ask(question: Question, round: number): Promise<number>;
  close?(): Promise<void> | void;
}
