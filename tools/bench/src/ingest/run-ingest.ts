/** How fast lines become entries in files, ours and others' in turns. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withTempDir } from '@mcplog/test-kit';
import type { IngestCommand } from '../command-line.ts';
import { sum } from '../figures.ts';
import { describeMachine, type Machine, NOT_PRESENT, versionOf } from '../machine.ts';
import { keepRun } from '../performance-page.ts';
import { say, show, warnWhenNoisy } from '../progress.ts';
import type { Contender, IngestPlan, IngestRun } from './contender.ts';
import { ingestReport, ingestVerdict, summarize } from './ingest-report.ts';
import { openMcplog } from './mcplog-contender.ts';
import { openRsyslog, RSYSLOG } from './rsyslog-contender.ts';

/** What a run did; kept as JSON. */
export interface IngestResult {
  readonly machine: Machine;
  readonly lines: number;
  readonly rounds: number;
  readonly contenders: readonly MeasuredContender[];
  readonly verdict: string;
}

export interface MeasuredContender {
  readonly name: string;
  readonly instances: number;
  readonly runs: readonly IngestRun[];
}

type Opening = (plan: IngestPlan) => Promise<Contender>;

export async function runIngest({ lines, instances, rounds, keep }: IngestCommand): Promise<void> {
  const machine = describeMachine({
    rsyslog: versionOf(RSYSLOG, '-v'),
    'nats-server': versionOf('nats-server'),
    'Fluent Bit': versionOf('fluent-bit'),
  });
  warnWhenNoisy(machine);
  const measured = await withTempDir((dir) =>
    measureInTurns(openingsFor(instances, machine), { dir, lines, rounds }),
  );
  const summaries = measured.map((contender) => summarize(contender, lines));
  const verdict = ingestVerdict(summaries, machine.noisy);
  const report = ingestReport({ machine, lines, rounds, summaries, verdict });
  const result: IngestResult = { machine, lines, rounds, contenders: measured, verdict };
  if (keep) keepRun(instances === 1 ? 'ingest' : 'ingest-many', result, report);
  show(report);
}

/** One instance against other programs, or against many instances. */
function openingsFor(instances: number, { programs }: Machine): [Opening, number][] {
  if (instances > 1) {
    return [
      [openMcplog, 1],
      [openMcplog, instances],
    ];
  }
  if (programs.rsyslog === NOT_PRESENT) {
    say('rsyslogd is not installed (apt install rsyslog): mcplog runs alone');
    return [[openMcplog, 1]];
  }
  return [
    [openMcplog, 1],
    [openRsyslog, 1],
  ];
}

interface TurnsPlan {
  readonly dir: string;
  readonly lines: number;
  readonly rounds: number;
}

async function measureInTurns(
  openings: readonly [Opening, number][],
  { dir, lines, rounds }: TurnsPlan,
): Promise<MeasuredContender[]> {
  const contenders: Contender[] = [];
  try {
    for (const [place, [open, instances]] of openings.entries()) {
      const own = join(dir, String(place));
      await mkdir(own);
      contenders.push(await open({ dir: own, lines, instances }));
    }
    const runs = contenders.map((): IngestRun[] => []);
    for (let round = 1; round <= rounds; round++) {
      for (const [place, contender] of contenders.entries()) {
        const run = await contender.ingest();
        assertComplete(contender, run, lines);
        runs[place]?.push(run);
        say(`round ${round}: ${describeTurn(contender, run, lines)}`);
      }
    }
    return contenders.map(({ name, instances }, at) => ({ name, instances, runs: runs[at] ?? [] }));
  } finally {
    for (const contender of contenders) await contender.close();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function describeTurn({ name, instances }: Contender, run: IngestRun, lines: number): string {
  const perSecond = Math.round(lines / run.seconds);
  return `${name}, ${instances} writing: ${run.seconds.toFixed(2)} s, ${perSecond} lines/s`;
}

function assertComplete({ name }: Contender, { counts }: IngestRun, lines: number): void {
  const written = sum(Object.values(counts));
  if (written === lines) return;
  throw new Error(`${name} wrote ${written} of ${lines} lines: ${JSON.stringify(counts)}`);
}
