/** How fast questions about one instance's sealed logs are answered, ours and others' in turns. */
import type { SearchCommand } from '../command-line.ts';
import { median, withCommas } from '../figures.ts';
import { describeMachine, type Machine, NOT_PRESENT, versionOf } from '../machine.ts';
import { keepRun } from '../performance-page.ts';
import { say, show, warnWhenNoisy } from '../progress.ts';
import type { SealedStore } from '../store/sealed-store.ts';
import { withStore } from '../store/with-store.ts';
import { duckDbVersion, openDuckDb } from './duckdb-searcher.ts';
import { grepSearchers } from './grep-searchers.ts';
import { openMcplogSearcher } from './mcplog-searcher.ts';
import { type Question, questionsFor } from './questions.ts';
import { searchReport, searchVerdict } from './search-report.ts';
import type { Searcher } from './searcher.ts';

/** All rounds of one searcher with one question. */
export interface Answer {
  readonly question: Question['key'];
  readonly title: string;
  readonly searcher: string;
  /** Total, entries of the page, or entries counted: the same from all. */
  readonly found: number;
  readonly medianMs: number;
  readonly roundsMs: readonly number[];
}

export type StoreFacts = Pick<
  SealedStore,
  'entries' | 'plainBytes' | 'storedBytes' | 'indexBytes' | 'segments'
>;

export interface SizeRun {
  readonly gb: number;
  readonly facts: StoreFacts;
  readonly answers: readonly Answer[];
  /** One page by cursor behind so many entries. */
  readonly pages: readonly { readonly behind: number; readonly medianMs: number }[];
}

/** From here on others are asked once: a single answer takes them minutes. */
const LARGE_GB = 4;
const PAGES_BEHIND = [0, 100_000, 1_000_000];

export async function runSearch({ gb, rounds, keep, store }: SearchCommand): Promise<void> {
  const machine = describeMachine({
    ripgrep: versionOf('rg'),
    zgrep: versionOf('zgrep'),
    DuckDB: await duckDbVersion(),
  });
  warnWhenNoisy(machine);
  const sizes: SizeRun[] = [];
  for (const size of gb) {
    const plan = { gb: size, ...(store === undefined ? {} : { store }) };
    await withStore(plan, async (logs) => {
      sizes.push(await measure(size, logs, { rounds, machine }));
    });
  }
  const verdict = searchVerdict(sizes, machine.noisy);
  const report = searchReport({ machine, rounds, sizes, verdict });
  if (keep) keepRun('search', { machine, rounds, sizes, verdict }, report);
  show(report);
}

interface AskPlan {
  readonly rounds: number;
  readonly machine: Machine;
}

async function measure(gb: number, logs: SealedStore, plan: AskPlan): Promise<SizeRun> {
  const ours = openMcplogSearcher(logs);
  const greps = grepSearchers(logs.gzipFiles).filter(({ name }) => isThere(name, plan.machine));
  const others = [...greps, await openDuckDb({ name: 'DuckDB', files: logs.gzipFiles })];
  const answers: Answer[] = [];
  for (const question of questionsFor(logs)) {
    const able = others.filter((searcher) => searcher.canAnswer(question));
    say(`${gb} GB, ${question.title}: mcplog, ${able.map(({ name }) => name).join(', ')}`);
    const otherRounds = gb >= LARGE_GB ? 1 : plan.rounds;
    answers.push(...(await askInTurns(question, [ours, ...able], { ...plan, otherRounds })));
  }
  const pages = [];
  for (const behind of PAGES_BEHIND.filter((entries) => entries < logs.entries)) {
    const times: number[] = [];
    for (let round = 0; round <= 2; round++) times.push(await ours.pageBehind(behind));
    pages.push({ behind, medianMs: median(times) });
  }
  for (const searcher of [ours, ...others]) await searcher.close?.();
  const { entries, plainBytes, storedBytes, indexBytes, segments } = logs;
  const facts = { entries, plainBytes, storedBytes, indexBytes, segments };
  return { gb, facts, answers, pages };
}

function isThere(name: string, { programs }: Machine): boolean {
  return !name.startsWith('rg') || programs.ripgrep !== NOT_PRESENT;
}

/** One round that does not count comes first, unless others are asked once: then ours only. */
async function askInTurns(
  question: Question,
  [ours, ...others]: readonly [Searcher, ...Searcher[]],
  { rounds, otherRounds }: AskPlan & { readonly otherRounds: number },
): Promise<Answer[]> {
  const searchers = [ours, ...others];
  const times = searchers.map((): number[] => []);
  const found = new Set<number>();
  for (let round = 0; round <= rounds; round++) {
    for (const [at, searcher] of searchers.entries()) {
      const isWarmUp = round === 0 && (at === 0 || otherRounds > 1);
      if (at > 0 && round >= otherRounds + (otherRounds > 1 ? 1 : 0)) continue;
      const startedMs = performance.now();
      found.add(await searcher.ask(question, round));
      if (!isWarmUp) times[at]?.push(performance.now() - startedMs);
    }
  }
  const [answer] = found;
  if (found.size !== 1 || answer === undefined) {
    throw new Error(`${question.title}: different answers ${[...found].map(withCommas)}`);
  }
  return searchers.map(({ name }, at) => {
    const roundsMs = times[at] ?? [];
    const { key, title } = question;
    const medianMs = median(roundsMs);
    return { question: key, title, searcher: name, found: answer, medianMs, roundsMs };
  });
}
