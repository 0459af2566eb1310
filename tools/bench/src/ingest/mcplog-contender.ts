/** mcplog under test, with instances that write as fast as they can. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@mcplog/test-kit';
import { cpuSecondsOf, peakBytesOf } from '../proc-stat.ts';
import { type Contender, type IngestPlan, type IngestRun, RUN_MS_MAX } from './contender.ts';
import { writeLineFiles } from './line-files.ts';
import { eachPart, type PartPids, startProduct } from './mcplog-product.ts';
import { assertWrites, deleteWriters, makeLineUser, startWriters } from './writing-instances.ts';
import { countLines, untilLastLine } from './written-files.ts';

export interface McplogContender extends Contender {
  readonly pids: PartPids;
}

export async function openMcplog(plan: IngestPlan): Promise<McplogContender> {
  const product = await startProduct(plan.dir);
  const shownDir = join(plan.dir, 'lines');
  const files = writeLineFiles({ ...plan, dir: shownDir });
  const user = await makeLineUser(product, shownDir);
  const { pids, monitorUrl } = product;
  let round = 0;
  return {
    name: 'mcplog',
    instances: plan.instances,
    pids,
    ingest: async () => {
      const gate = join(shownDir, `gate-${++round}`);
      execFileSync('mkfifo', [gate]);
      const writers = await startWriters(user, { files, gate });
      const dirs = writers.map(({ dir }) => dir);
      const run = await measure({ gate, dirs, pids, monitorUrl });
      await deleteWriters(user, writers);
      return run;
    },
    close: product.stop,
  };
}

interface Measured {
  readonly gate: string;
  readonly dirs: readonly string[];
  readonly pids: PartPids;
  readonly monitorUrl: string;
}

async function measure({ gate, dirs, pids, monitorUrl }: Measured): Promise<IngestRun> {
  const cpuBefore = eachPart((part) => cpuSecondsOf(pids[part]));
  const startedMs = performance.now();
  const opened = openSync(gate, constants.O_RDWR);
  for (const dir of dirs) {
    const lookWhenStill = () => assertWrites(dir);
    await untilLastLine(join(dir, 'app.log'), { timeoutMs: RUN_MS_MAX, lookWhenStill });
  }
  await untilAcknowledged(monitorUrl);
  const seconds = (performance.now() - startedMs) / 1000;
  const cpuSeconds = eachPart((part) => cpuSecondsOf(pids[part]) - cpuBefore[part]);
  closeSync(opened);
  const peakMiB = eachPart((part) => peakBytesOf(pids[part]) / 2 ** 20);
  return { seconds, cpuSeconds, peakMiB, counts: countLines(dirs, '"type":"system"') };
}

/** The log-writer acknowledges after its fdatasync; an empty stream has been synced whole. */
async function untilAcknowledged(monitorUrl: string): Promise<void> {
  await eventually(
    async () => {
      const answer = await fetch(`${monitorUrl}/jsz?accounts=true&streams=true`);
      const { account_details: accounts } = (await answer.json()) as JetStreamFigures;
      const streams = accounts.flatMap(({ stream_detail: details }) => details ?? []);
      const capture = streams.find(({ name }) => name === 'CAPTURE');
      if (capture === undefined) throw new Error('the bus has no stream CAPTURE');
      return capture.state.messages === 0;
    },
    { timeoutMs: RUN_MS_MAX, intervalMs: 5 },
  );
}

interface JetStreamFigures {
  readonly account_details: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly state: { readonly messages: number };
    }[];
  }[];
}
