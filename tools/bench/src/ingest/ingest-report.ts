/** What the figures of an ingest run say. */
import { median, medianByKey, significant, sum, withCommas } from '../figures.ts';
import { type Machine, machineInWords, NOT_PRESENT } from '../machine.ts';
import { renderTable } from '../markdown-table.ts';
import type { MeasuredContender } from './run-ingest.ts';

/** Medians of one contender's runs. */
export interface IngestSummary {
  readonly name: string;
  readonly instances: number;
  readonly seconds: number;
  readonly linesPerSecond: number;
  /** CPU seconds per million lines, by process. */
  readonly cpuPerMillion: Readonly<Record<string, number>>;
  readonly peakMiB: Readonly<Record<string, number>>;
}

export function summarize(
  { name, instances, runs }: Pick<MeasuredContender, 'name' | 'instances' | 'runs'>,
  lines: number,
): IngestSummary {
  const seconds = median(runs.map((run) => run.seconds));
  const cpu = medianByKey(runs.map((run) => run.cpuSeconds));
  const millions = lines / 1_000_000;
  return {
    name,
    instances,
    seconds,
    linesPerSecond: lines / seconds,
    cpuPerMillion: Object.fromEntries(
      Object.entries(cpu).map(([process, used]) => [process, used / millions]),
    ),
    peakMiB: medianByKey(runs.map((run) => run.peakMiB)),
  };
}

/** One line; the first contender is ours, the second what it is compared with. */
export function ingestVerdict(summaries: readonly IngestSummary[], noisy: boolean): string {
  const [ours, other] = summaries;
  if (ours === undefined) throw new RangeError('nothing was measured');
  const rate = `ingest: mcplog writes ${withCommas(significant(ours.linesPerSecond))} lines/s`;
  const ending = noisy ? ' (noisy)' : '';
  if (other === undefined) return `${rate}; no peer was present${ending}`;
  const ratio = (other.linesPerSecond / ours.linesPerSecond) * 100;
  if (other.name === ours.name) {
    const share = `with ${other.instances} instances ${Math.round(ratio)} % of that (goal: 75 % or more)`;
    return `${rate} from one instance, ${share}${ending}`;
  }
  const times = significant(100 / ratio, 2);
  const cpu = significant(totalCpu(other) / totalCpu(ours), 2);
  const against = `${times} × ${other.name}, lines per CPU second ${cpu} ×`;
  return `${rate}: ${against} (goals: 600,000 lines/s, 4 ×)${ending}`;
}

function totalCpu({ cpuPerMillion }: IngestSummary): number {
  return sum(Object.values(cpuPerMillion));
}

export interface IngestReport {
  readonly machine: Machine;
  readonly lines: number;
  readonly rounds: number;
  readonly summaries: readonly IngestSummary[];
  readonly verdict: string;
}

export function ingestReport(report: IngestReport): string {
  const { machine, lines, rounds, summaries, verdict } = report;
  const table = renderTable({
    head: ['who', 'writers', 'seconds', 'lines/s', 'CPU s per million lines', 'peak memory, MiB'],
    rows: [...summaries.map(rowOf), ...absentRows(summaries, machine)],
  });
  const size = `${withCommas(lines)} lines, median of ${rounds} rounds in turns.`;
  return `${machineInWords(machine)}\n\n${size}\n\n${table}\n\n${verdict}`;
}

function rowOf(summary: IngestSummary): string[] {
  const { name, instances, seconds, linesPerSecond, cpuPerMillion, peakMiB } = summary;
  const parts = Object.entries(cpuPerMillion).map(([part, used]) => `${part} ${used.toFixed(1)}`);
  const total = totalCpu(summary).toFixed(1);
  const memory = Object.entries(peakMiB).map(([part, used]) => `${part} ${Math.round(used)}`);
  return [
    name,
    withCommas(instances),
    seconds.toFixed(2),
    withCommas(significant(linesPerSecond)),
    parts.length > 1 ? `${total} (${parts.join(', ')})` : total,
    memory.join(', '),
  ];
}

function absentRows(summaries: readonly IngestSummary[], { programs }: Machine): string[][] {
  const isComparison = summaries.every(({ instances }) => instances === 1);
  if (!isComparison) return [];
  const absent = Object.entries(programs).filter(([, version]) => version === NOT_PRESENT);
  return absent.map(([name]) => [name, '–', '–', NOT_PRESENT, '–', '–']);
}
