/** How fast questions about one instance's logs are answered, ours and others' in turns. */
import { withTempDir } from '@mcplog/test-kit';
import type { SearchCommand } from '../command-line.ts';
import { median, withCommas } from '../figures.ts';
import { describeMachine, type Machine, NOT_PRESENT, versionOf } from '../machine.ts';
import { keepRun } from '../performance-page.ts';
import { say, show, warnWhenNoisy } from '../progress.ts';
import { duckDbVersion, openDuckDb } from './duckdb-searcher.ts';
import { grepSearchers } from './grep-searchers.ts';
import { openMcplogSearcher } from './mcplog-searcher.ts';
import { type Question, questionsFor } from './questions.ts';
import { searchReport, searchVerdict } from './search-report.ts';
import { type SearchedLogs, writeSearchedLogs } from './searched-logs.ts';
import type { Searcher } from './searcher.ts';

/** All rounds of one searcher with one question. */
export interface Answer {
  readonly question: Question['key'];
  readonly title: string;
  readonly searcher: string;
  readonly reads: Searcher['reads'];
  /** Total or entries of the page: the same from all. */
  readonly found: number;
  readonly medianMs: number;
  readonly roundsMs: readonly number[];
}

export type LogFacts = Pick<SearchedLogs, 'entries' | 'bytes' | 'gzipBytes'>;

export async function runSearch({ gb, rounds, keep }: SearchCommand): Promise<void> {
  const machine = describeMachine({
    ripgrep: versionOf('rg'),
    grep: versionOf('grep'),
    DuckDB: await duckDbVersion(),
  });
  warnWhenNoisy(machine);
  await withTempDir(async (dir) => {
    say(`writing ${gb} GB of logs, and again as gzip`);
    const logs = await writeSearchedLogs(dir, gb * 1e9);
    const answers = await askAll(logs, { rounds, machine });
    const { entries, bytes, gzipBytes } = logs;
    const facts = { entries, bytes, gzipBytes };
    const verdict = searchVerdict(answers, facts, machine.noisy);
    const report = searchReport({ machine, facts, rounds, answers, verdict });
    if (keep) keepRun('search', { machine, ...facts, rounds, answers, verdict }, report);
    show(report);
  });
}

interface AskPlan {
  readonly rounds: number;
  readonly machine: Machine;
}

async function askAll(logs: SearchedLogs, { rounds, machine }: AskPlan): Promise<Answer[]> {
  const { plainFiles, gzipFiles } = logs;
  const greps = grepSearchers(logs).filter(({ name }) => isThere(name, machine));
  const searchers = [
    openMcplogSearcher(logs.root),
    ...greps,
    await openDuckDb({ name: 'DuckDB', reads: 'plain', files: plainFiles }),
    await openDuckDb({ name: 'DuckDB on gzip', reads: 'gzip', files: gzipFiles }),
  ];
  const answers: Answer[] = [];
  for (const question of questionsFor(logs.uniqueId)) {
    const able = searchers.filter(({ reads }) => reads === 'plain' || !question.pageOnly);
    say(`${question.title}: ${able.map(({ name }) => name).join(', ')}`);
    answers.push(...(await askInTurns(question, able, rounds)));
  }
  for (const searcher of searchers) searcher.close?.();
  return answers;
}

function isThere(name: string, { programs }: Machine): boolean {
  return !name.startsWith('rg') || programs.ripgrep !== NOT_PRESENT;
}

/** One round that does not count comes first: files and code are warm afterwards. */
async function askInTurns(
  question: Question,
  searchers: readonly Searcher[],
  rounds: number,
): Promise<Answer[]> {
  const times = searchers.map((): number[] => []);
  const found = new Set<number>();
  for (let round = 0; round <= rounds; round++) {
    for (const [at, searcher] of searchers.entries()) {
      const startedMs = performance.now();
      found.add(await searcher.ask(question));
      if (round > 0) times[at]?.push(performance.now() - startedMs);
    }
  }
  const [answer] = found;
  if (found.size !== 1 || answer === undefined) {
    throw new Error(`${question.title}: different answers ${[...found].map(withCommas)}`);
  }
  return searchers.map(({ name, reads }, at) => {
    const roundsMs = times[at] ?? [];
    const { key, title } = question;
    const medianMs = median(roundsMs);
    return { question: key, title, searcher: name, reads, found: answer, medianMs, roundsMs };
  });
}
