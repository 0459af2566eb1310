import { readdirSync } from 'node:fs';
import type { SystemLog } from '@mcplog/message-bus';
import pidusage from 'pidusage';
import type { Supervisor } from '../supervisor.ts';
import { listGroups } from './proc.ts';

const REPORT_EVERY_MS = 60_000;

interface Sample {
  readonly cpuPercent: number;
  readonly rssBytes: number;
  readonly files: number;
  readonly processes: number;
}

/**
 * Looks at CPU, memory and open files of every server with its process group in this interval, and
 * writes one entry per instance and minute to the pm2 log. Returns how to stop.
 */
export function sampleProcesses(
  supervisor: Supervisor,
  { systemLog, sampleEveryMs: everyMs }: { systemLog: SystemLog; sampleEveryMs: number },
): () => void {
  const samples = new Map<string, Sample[]>();
  let reportedMs = performance.now();
  let isBusy = false;
  const round = async () => {
    if (isBusy) return;
    isBusy = true;
    const groups = await listGroups();
    for (const { record, current } of supervisor.running()) {
      // Without /proc the group is not known: then it is the one process.
      const sample = await takeSample(groups.get(current.pid) ?? [current.pid]);
      if (sample === undefined) continue;
      const list = samples.get(record.id) ?? [];
      samples.set(record.id, [...list, sample]);
      const { rssBytes, cpuPercent } = sample;
      current.noteSample({ steadyMs: performance.now(), rssBytes, cpuPercent });
    }
    if (performance.now() - reportedMs >= REPORT_EVERY_MS - everyMs / 2) {
      reportedMs = performance.now();
      report(supervisor, samples, systemLog);
      samples.clear();
    }
    isBusy = false;
  };
  const timer = setInterval(() => void round(), everyMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    pidusage.clear();
  };
}

function report(
  supervisor: Supervisor,
  samples: ReadonlyMap<string, readonly Sample[]>,
  systemLog: SystemLog,
): void {
  for (const { record, current } of supervisor.running()) {
    const taken = samples.get(record.id) ?? [];
    if (taken.length === 0) continue;
    const figures = summarise(taken);
    const mebibytes = Math.round(figures.rssBytesMax / 2 ** 20);
    systemLog.write('pm2', {
      level: 'info',
      event: 'process_usage',
      message: `${record.id}: CPU ${figures.cpuPercentMean} %, memory ${mebibytes} MiB`,
      metadata: {
        instanceId: record.id,
        userId: record.userId,
        service: record.service,
        run: current.run,
        pid: current.pid,
        ...figures,
      },
    });
  }
}

/** Highest values of the minute; CPU also as its mean, 100 % being one core. */
export function summarise(samples: readonly Sample[]) {
  const highest = (of: (sample: Sample) => number) => Math.max(...samples.map(of));
  const cpuSum = samples.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0);
  return {
    samples: samples.length,
    cpuPercentMean: round(cpuSum / samples.length),
    cpuPercentMax: round(highest(({ cpuPercent }) => cpuPercent)),
    rssBytesMax: highest(({ rssBytes }) => rssBytes),
    rssBytesLast: samples.at(-1)?.rssBytes ?? 0,
    filesMax: highest(({ files }) => files),
    processesMax: highest(({ processes }) => processes),
  };
}

/** Of the processes of one group; undefined when they ended meanwhile. */
async function takeSample(pids: readonly number[]): Promise<Sample | undefined> {
  try {
    const usages = Object.values(await pidusage([...pids])).filter((usage) => usage !== null);
    return {
      cpuPercent: sum(usages.map(({ cpu }) => cpu)),
      rssBytes: sum(usages.map(({ memory }) => memory)),
      files: sum(pids.map(openFiles)),
      processes: pids.length,
    };
  } catch {
    return undefined;
  }
}

function openFiles(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
