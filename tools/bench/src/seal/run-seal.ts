/** Sealing and gzip -6 on the same rotated files, in turns, one core each. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { nodeDisk, plainFileOf, sealSegment } from '@mcplog/log-store/maintenance';
import { withTempDir } from '@mcplog/test-kit';
import type { StoreCommand } from '../command-line.ts';
import { median, significant } from '../figures.ts';
import { describeMachine, machineInWords, versionOf } from '../machine.ts';
import { renderTable } from '../markdown-table.ts';
import { keepRun } from '../performance-page.ts';
import { say, show, warnWhenNoisy } from '../progress.ts';
import { type RotatedStore, writeRotatedStore } from '../store/sealed-store.ts';

interface Round {
  readonly sealMs: number;
  /** Of this process, all threads. */
  readonly sealCpuMs: number;
  readonly gzipMs: number;
}

const GOAL = 80;

export async function runSeal({ gb, rounds, keep }: StoreCommand): Promise<void> {
  const machine = describeMachine({ gzip: versionOf('gzip') });
  warnWhenNoisy(machine);
  await withTempDir(async (dir) => {
    say(`writing ${gb} GB of rotated logs`);
    const store = await writeRotatedStore(dir, gb * 1e9);
    const plainBytes = bytesOf(store);
    const figures: Round[] = [];
    for (let round = 1; round <= rounds; round++) {
      say(`round ${round}: sealing, gzip -6`);
      figures.push(await measure(dir, store));
    }
    const rate = (pick: (round: Round) => number) =>
      significant(plainBytes / 1e3 / median(figures.map(pick)));
    const sealRate = rate(({ sealMs }) => sealMs);
    const cpuRate = rate(({ sealCpuMs }) => sealCpuMs);
    const gzipRate = rate(({ gzipMs }) => gzipMs);
    const verdict = `seal: ${sealRate} MB/s, ${cpuRate} MB per CPU second (goal: ${GOAL}), ${significant(sealRate / gzipRate, 2)} × gzip -6${machine.noisy ? ' (noisy)' : ''}`;
    const report = [
      machineInWords(machine),
      `${significant(plainBytes / 1e6)} MB in ${store.names.length} rotated files, median of ${rounds} rounds in turns. Sealing writes members and index, opens both again, unpacks and compares every byte, and syncs; gzip only compresses.`,
      renderTable({
        head: ['who', 'MB/s', 'MB per CPU second'],
        rows: [
          ['mcplog, one thread', String(sealRate), String(cpuRate)],
          ['gzip -6', String(gzipRate), '–'],
        ],
      }),
      verdict,
    ].join('\n\n');
    if (keep) keepRun('seal', { machine, plainBytes, rounds: figures, verdict }, report);
    show(report);
  });
}

function bytesOf({ directory, names }: RotatedStore): number {
  return names.reduce(
    (total, name) => total + statSync(join(directory, plainFileOf(name))).size,
    0,
  );
}

async function measure(dir: string, { directory, names }: RotatedStore): Promise<Round> {
  const copy = join(dir, 'copy');
  mkdirSync(copy);
  for (const name of names) {
    copyFileSync(join(directory, plainFileOf(name)), join(copy, plainFileOf(name)));
  }
  const gzipped = join(dir, 'gzipped');
  const files = names.map((name) => join(copy, plainFileOf(name)));
  const gzipStartedMs = performance.now();
  const command = ['-c', 'for file in "$@"; do gzip -6 -c "$file" > "$0"; done', gzipped];
  execFileSync('sh', [...command, ...files]);
  const gzipMs = performance.now() - gzipStartedMs;
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  for (const name of names) {
    const sign = async () => new Uint8Array();
    await sealSegment({ disk: nodeDisk, directory: copy, name, sign });
  }
  const sealMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  rmSync(copy, { recursive: true });
  return { sealMs, sealCpuMs: (user + system) / 1e3, gzipMs };
}
