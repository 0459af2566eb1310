/** What the figures of a search run say. */
import { inMs, significant, withCommas } from '../figures.ts';
import { type Machine, machineInWords } from '../machine.ts';
import { renderTable } from '../markdown-table.ts';
import type { Question } from './questions.ts';
import type { Answer, SizeRun } from './run-search.ts';

const OURS = 'mcplog';

export interface SearchReport {
  readonly machine: Machine;
  readonly rounds: number;
  readonly sizes: readonly SizeRun[];
  readonly verdict: string;
}

export function searchReport({ machine, rounds, sizes, verdict }: SearchReport): string {
  const turns = `Warm page cache, median of ${rounds} rounds in turns, milliseconds; from 4 GB on the others are asked once.`;
  return [
    machineInWords(machine),
    turns,
    ...sizes.flatMap((size) => [storeInWords(size), tableOf(size.answers), pagesInWords(size)]),
    ...growthOf(sizes),
    verdict,
  ].join('\n\n');
}

function storeInWords({ facts }: SizeRun): string {
  const { entries, plainBytes, storedBytes, indexBytes, segments } = facts;
  const overhead = significant((100 * indexBytes) / storedBytes);
  const perEntry = significant(indexBytes / entries);
  return `**${gigabytes(plainBytes)} GB**: ${withCommas(entries)} entries in ${segments} sealed segments of one instance, ${gigabytes(storedBytes)} GB as gzip; their indexes take ${overhead} % of that (goal: 20 %), ${perEntry} bytes per entry.`;
}

function tableOf(answers: readonly Answer[]): string {
  const searchers = [...new Set(answers.map(({ searcher }) => searcher))];
  const titles = [...new Set(answers.map(({ title }) => title))];
  const cell = (title: string, name: string) => {
    const answer = answers.find(
      ({ title: asked, searcher }) => asked === title && searcher === name,
    );
    return answer === undefined ? '–' : inMs(answer.medianMs);
  };
  return renderTable({
    head: ['question', 'found', ...searchers],
    rows: titles.map((title) => [
      title,
      withCommas(answers.find((answer) => answer.title === title)?.found ?? 0),
      ...searchers.map((name) => cell(title, name)),
    ]),
  });
}

function pagesInWords({ pages }: SizeRun): string {
  const each = pages.map(({ behind, medianMs }) => {
    const which = behind === 0 ? 'the first' : `one behind ${withCommas(behind)} entries`;
    return `${which} ${inMs(medianMs)} ms`;
  });
  return `A page of 100, newest first, by cursor: ${each.join(', ')}.`;
}

function growthOf(sizes: readonly SizeRun[]): string[] {
  const [small, large] = [sizes[0], sizes.at(-1)];
  if (small === undefined || large === undefined || small === large) return [];
  const times = oursOf(large.answers).map((answer) => {
    const before = msOf(small.answers, answer.question);
    return `${answer.question} ${significant(answer.medianMs / before, 2)} ×`;
  });
  return [`From ${small.gb} to ${large.gb} GB mcplog takes: ${times.join(', ')}.`];
}

function oursOf(answers: readonly Answer[]): Answer[] {
  return answers.filter(({ searcher }) => searcher === OURS);
}

function msOf(answers: readonly Answer[], question: Question['key']): number {
  return oursOf(answers).find((answer) => answer.question === question)?.medianMs ?? Number.NaN;
}

/** One line about the largest size: each question next to the others. */
export function searchVerdict(sizes: readonly SizeRun[], noisy: boolean): string {
  const size = sizes.at(-1);
  if (size === undefined) return 'search: nothing was measured';
  const parts = oursOf(size.answers).map(({ question, medianMs, found }) => {
    const others = size.answers.filter(
      (answer) => answer.question === question && answer.searcher !== OURS,
    );
    const ratios = others.map(
      (other) => `${significant(other.medianMs / medianMs, 2)} × ${other.searcher}`,
    );
    const isWhole = found > 1_000 && question !== 'histogram';
    const rate = significant(size.facts.plainBytes / 1e6 / medianMs, 2);
    return `${question} ${inMs(medianMs)} ms${isWhole ? `, ${rate} GB/s` : ''} (${ratios.join(', ')})`;
  });
  const head = `search in ${size.gb} GB, as fast as others when 1 ×`;
  return `${head}: ${parts.join('; ')}${noisy ? ' (noisy)' : ''}`;
}

function gigabytes(bytes: number): number {
  return significant(bytes / 1e9);
}
