/** Checking sealed segments and sha256sum over the same bytes, in turns. */
import { execFileSync } from 'node:child_process';
import { checkSegment, listSegments, nodeDisk } from '@mcplog/log-store/check';
import type { StoreCommand } from '../command-line.ts';
import { median, significant } from '../figures.ts';
import { describeMachine, machineInWords, versionOf } from '../machine.ts';
import { renderTable } from '../markdown-table.ts';
import { keepRun } from '../performance-page.ts';
import { say, show, warnWhenNoisy } from '../progress.ts';
import type { SealedStore } from '../store/sealed-store.ts';
import { withStore } from '../store/with-store.ts';

interface Round {
  readonly checkMs: number;
  readonly checkCpuMs: number;
  readonly sumMs: number;
}

export async function runVerify({ gb, rounds, keep, store }: StoreCommand): Promise<void> {
  const machine = describeMachine({ sha256sum: versionOf('sha256sum') });
  warnWhenNoisy(machine);
  await withStore({ gb, ...(store === undefined ? {} : { store }) }, async (logs) => {
    const figures: Round[] = [];
    for (let round = 0; round <= rounds; round++) {
      say(round === 0 ? 'a round that does not count' : `round ${round}`);
      const measured = await measure(logs);
      if (round > 0) figures.push(measured);
    }
    const bytes = logs.storedBytes;
    const rate = (pick: (round: Round) => number) =>
      significant(bytes / 1e6 / median(figures.map(pick)));
    const checkRate = rate(({ checkMs }) => checkMs);
    const cpuRate = rate(({ checkCpuMs }) => checkCpuMs);
    const sumRate = rate(({ sumMs }) => sumMs);
    const verdict = `verify: ${checkRate} GB/s of stored bytes, ${cpuRate} GB per CPU second (goal: 1), ${significant(checkRate / sumRate, 2)} × sha256sum${machine.noisy ? ' (noisy)' : ''}`;
    const report = [
      machineInWords(machine),
      `${significant(bytes / 1e6)} MB in ${logs.segments} sealed segments, warm page cache, median of ${rounds} rounds in turns. Each block's hash, the tree over them and every hash of the index are checked; signatures are not part of it.`,
      renderTable({
        head: ['who', 'GB/s', 'GB per CPU second'],
        rows: [
          ['mcplog, one thread', String(checkRate), String(cpuRate)],
          ['sha256sum', String(sumRate), '–'],
        ],
      }),
      verdict,
    ].join('\n\n');
    if (keep) keepRun('verify', { machine, bytes, rounds: figures, verdict }, report);
    show(report);
  });
}

async function measure({ directory, gzipFiles }: SealedStore): Promise<Round> {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  for (const { name } of listSegments(nodeDisk, directory)) {
    const { findings } = await checkSegment({ disk: nodeDisk, directory, name });
    if (findings.length > 0) throw new Error(`a sound segment is said to be damaged: ${name.day}`);
  }
  const checkMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  const sumStartedMs = performance.now();
  execFileSync('sha256sum', [...gzipFiles], { stdio: 'ignore' });
  return { checkMs, checkCpuMs: (user + system) / 1e3, sumMs: performance.now() - sumStartedMs };
}
