/** One instance's sealed logs, exported by the running product and thrown away by who asked. */
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { withTempDir } from '@mcplog/test-kit';
import type { StoreCommand } from '../command-line.ts';
import { median, significant } from '../figures.ts';
import { type Product, startProduct } from '../ingest/mcplog-product.ts';
import { makeLineUser, startWriters } from '../ingest/writing-instances.ts';
import { describeMachine, machineInWords } from '../machine.ts';
import { renderTable } from '../markdown-table.ts';
import { keepRun } from '../performance-page.ts';
import { cpuSecondsOf, peakBytesOf } from '../proc-stat.ts';
import { say, show, warnWhenNoisy } from '../progress.ts';
import type { SealedStore } from '../store/sealed-store.ts';
import { withStore } from '../store/with-store.ts';

const FORMATS = ['json', 'csv'] as const;
const GOAL = 150;

interface Round {
  readonly format: (typeof FORMATS)[number];
  readonly seconds: number;
  /** Of the exporting process. */
  readonly cpuSeconds: number;
  /** Of the answer's body. */
  readonly bytes: number;
  /** Of the exporting process until then. */
  readonly peakMiB: number;
}

export async function runExport({ gb, rounds, keep, store }: StoreCommand): Promise<void> {
  const machine = describeMachine({});
  warnWhenNoisy(machine);
  await withStore({ gb, ...(store === undefined ? {} : { store }) }, async (logs) => {
    const { figures, idleMiB } = await withTempDir((dir) => measureAll(dir, logs, rounds));
    const rows = FORMATS.map((format) => rowOf(format, figures, logs));
    const verdict = `export: ${rows.map(({ words }) => words).join(', ')} (goal: ${GOAL} MB/s out); the process takes ${Math.max(...figures.map(({ peakMiB }) => Math.round(peakMiB)))} MiB, ${Math.round(idleMiB)} before the first${machine.noisy ? ' (noisy)' : ''}`;
    const report = [
      machineInWords(machine),
      `${significant(logs.plainBytes / 1e9)} GB of plain text in ${logs.segments} sealed segments, exported over HTTP by query-api with its default settings; median of ${rounds} rounds.`,
      renderTable({
        head: ['format', 'MB/s of plain text', 'MB/s out', 'MB out per CPU second', 'peak MiB'],
        rows: rows.map(({ cells }) => cells),
      }),
      verdict,
    ].join('\n\n');
    const { plainBytes } = logs;
    if (keep) keepRun('export', { machine, plainBytes, idleMiB, rounds: figures, verdict }, report);
    show(report);
  });
}

function rowOf(format: Round['format'], all: readonly Round[], logs: SealedStore) {
  const rounds = all.filter((round) => round.format === format);
  const seconds = median(rounds.map((round) => round.seconds));
  const bytes = rounds[0]?.bytes ?? 0;
  const out = significant(bytes / 1e6 / seconds);
  const perCpu = significant(bytes / 1e6 / median(rounds.map(({ cpuSeconds }) => cpuSeconds)));
  const peak = Math.max(...rounds.map(({ peakMiB }) => peakMiB));
  const inRate = significant(logs.plainBytes / 1e6 / seconds);
  return {
    words: `${format} ${out} MB/s`,
    cells: [format, String(inRate), String(out), String(perCpu), String(Math.round(peak))],
  };
}

async function measureAll(dir: string, logs: SealedStore, rounds: number) {
  const product = await startProduct(dir);
  try {
    const { path, token } = await placeLogs(dir, product, logs);
    const idleMiB = peakBytesOf(product.query.pid) / 2 ** 20;
    const figures: Round[] = [];
    for (let round = 1; round <= rounds; round++) {
      for (const format of FORMATS) {
        say(`round ${round}: ${format}`);
        figures.push(await measure(product, { path, token, format }));
      }
    }
    return { figures, idleMiB };
  } finally {
    await product.stop();
  }
}

/** Gives the sealed files to an instance of the product that has ended. */
async function placeLogs(dir: string, product: Product, { directory }: SealedStore) {
  const shown = join(dir, 'shown');
  mkdirSync(shown);
  const user = await makeLineUser(product, shown);
  const [lines, gate] = [join(shown, 'lines'), join(shown, 'gate')];
  writeFileSync(lines, 'only one\n');
  execFileSync('mkfifo', [gate]);
  const [instance] = await startWriters(user, { files: [lines], gate });
  if (instance === undefined) throw new Error('no instance was made');
  await user.session.call('POST', `/api/v1/mcps/${instance.id}/stop`);
  mkdirSync(join(instance.dir, '.index'), { recursive: true, mode: 0o700 });
  for (const folder of ['', '.index']) {
    for (const file of readdirSync(join(directory, folder)).filter((name) => name !== '.index')) {
      linkSync(join(directory, folder, file), join(instance.dir, folder, file));
    }
  }
  return { path: `/api/v1/mcps/${instance.id}/logs/export`, token: user.session.token };
}

interface Asked {
  readonly path: string;
  readonly token: string;
  readonly format: Round['format'];
}

async function measure({ query }: Product, { path, token, format }: Asked): Promise<Round> {
  const cpuBefore = cpuSecondsOf(query.pid);
  const startedMs = performance.now();
  const bytes = await download(query.port, { path, token, format });
  return {
    format,
    bytes,
    seconds: (performance.now() - startedMs) / 1e3,
    cpuSeconds: cpuSecondsOf(query.pid) - cpuBefore,
    peakMiB: peakBytesOf(query.pid) / 2 ** 20,
  };
}

function download(port: number, { path, token, format }: Asked): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const asking = request({ port, path, headers, method: 'POST', host: '127.0.0.1' }, (answer) => {
    let bytes = 0;
    if (answer.statusCode !== 200)
      reject(new Error(`the export was refused: ${answer.statusCode}`));
    answer.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    answer.on('end', () => resolve(bytes));
    answer.on('error', reject);
  });
  asking.on('error', reject);
  asking.end(JSON.stringify({ format }));
  return promise;
}
