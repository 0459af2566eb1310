/** What the figures of a search run say. */
import { inMs, significant, withCommas } from '../figures.ts';
import { type Machine, machineInWords } from '../machine.ts';
import { renderTable } from '../markdown-table.ts';
import type { Answer, LogFacts } from './run-search.ts';
import type { Searcher } from './searcher.ts';

const OURS = 'mcplog';

export const SEALED_NOTE =
  'Sealed, indexed segments come with issue 3 and are not measured yet: until then mcplog searches plain files only, and the second table shows what the sealed ones will be compared with.';

export interface SearchReport {
  readonly machine: Machine;
  readonly facts: LogFacts;
  readonly rounds: number;
  readonly answers: readonly Answer[];
  readonly verdict: string;
}

export function searchReport({ machine, facts, rounds, answers, verdict }: SearchReport): string {
  const { entries, bytes, gzipBytes } = facts;
  const size = `${withCommas(entries)} entries in three files of one instance, ${gigabytes(bytes)} GB, as gzip -6 ${gigabytes(gzipBytes)} GB; warm page cache, median of ${rounds} rounds in turns, milliseconds.`;
  return [
    machineInWords(machine),
    size,
    tableOf(answers, 'plain'),
    'The same logs as gzip:',
    tableOf(answers, 'gzip'),
    SEALED_NOTE,
    verdict,
  ].join('\n\n');
}

function tableOf(answers: readonly Answer[], reads: Searcher['reads']): string {
  const shown = answers.filter((answer) => answer.reads === reads);
  const searchers = [...new Set(shown.map(({ searcher }) => searcher))];
  const titles = [...new Set(shown.map(({ title }) => title))];
  const cell = (title: string, name: string) => {
    const answer = shown.find(({ title: asked, searcher }) => asked === title && searcher === name);
    return answer === undefined ? '–' : inMs(answer.medianMs);
  };
  return renderTable({
    head: ['question', 'found', ...searchers],
    rows: titles.map((title) => [
      title,
      withCommas(shown.find((answer) => answer.title === title)?.found ?? 0),
      ...searchers.map((name) => cell(title, name)),
    ]),
  });
}

/** One line about each question that others answer on the same plain files. */
export function searchVerdict(
  answers: readonly Answer[],
  { bytes }: LogFacts,
  noisy: boolean,
): string {
  const ours = answers.filter(({ searcher }) => searcher === OURS);
  const parts = ours.map(({ question, medianMs }) => {
    const others = answers.filter(
      (answer) =>
        answer.question === question && answer.reads === 'plain' && answer.searcher !== OURS,
    );
    const ratios = others.map(
      (other) => `${significant(other.medianMs / medianMs, 2)} × ${other.searcher}`,
    );
    const rate = significant(bytes / 1e6 / medianMs, 2);
    const speed = question === 'first-page' ? '' : `, ${rate} GB/s`;
    return `${question} ${inMs(medianMs)} ms${speed} (${ratios.join(', ')})`;
  });
  return `search, as fast as others when 1 ×: ${parts.join('; ')}${noisy ? ' (noisy)' : ''}`;
}

function gigabytes(bytes: number): number {
  return significant(bytes / 1e9);
}
