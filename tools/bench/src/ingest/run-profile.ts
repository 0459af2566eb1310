/** In which functions the supervisor and the log-writer spend their time while lines come in. */
import { withTempDir } from '@mcplog/test-kit';
import type { IngestCommand } from '../command-line.ts';
import { withCommas } from '../figures.ts';
import { describeMachine, machineInWords, versionOf } from '../machine.ts';
import { renderTable } from '../markdown-table.ts';
import { keepRun } from '../performance-page.ts';
import { say, show, warnWhenNoisy } from '../progress.ts';
import { type FunctionTime, topFunctions } from './cpu-profile.ts';
import { startProfile } from './inspector.ts';
import { type McplogContender, openMcplog } from './mcplog-contender.ts';

const PROFILED = ['process-supervisor', 'log-writer'] as const;
type Profiled = (typeof PROFILED)[number];
const SHOWN = 10;

export async function runProfile({ lines, instances, keep }: IngestCommand): Promise<void> {
  const machine = describeMachine({ 'nats-server': versionOf('nats-server') });
  warnWhenNoisy(machine);
  const functions = await withTempDir((dir) => profileEach({ dir, lines, instances }));
  const tables = PROFILED.map((part) => `**${part}**\n\n${tableOf(functions[part])}`);
  const size = `${withCommas(lines)} lines from ${instances} instance(s), a run for each process after a run to warm up; share of the time in which the process was busy.`;
  const first = PROFILED.map((part) => `${part} in ${functions[part][0]?.name}`);
  const verdict = `profile: most of the time of ${first.join(', of ')}`;
  const report = [machineInWords(machine), size, ...tables, verdict].join('\n\n');
  if (keep) keepRun('ingest-profile', { machine, lines, instances, functions }, report);
  show(report);
}

async function profileEach(
  plan: Parameters<typeof openMcplog>[0],
): Promise<Record<Profiled, FunctionTime[]>> {
  const mcplog = await openMcplog(plan);
  try {
    say('warming up');
    await mcplog.ingest();
    const found = { 'process-supervisor': [], 'log-writer': [] } as Record<
      Profiled,
      FunctionTime[]
    >;
    for (const part of PROFILED) found[part] = await profileOne(mcplog, part);
    return found;
  } finally {
    await mcplog.close();
  }
}

async function profileOne(mcplog: McplogContender, part: Profiled): Promise<FunctionTime[]> {
  say(`profiling ${part}`);
  const profile = await startProfile(mcplog.pids[part]);
  await mcplog.ingest();
  return topFunctions(await profile.finish(), SHOWN);
}

function tableOf(functions: readonly FunctionTime[]): string {
  return renderTable({
    head: ['function', 'where', 'share'],
    rows: functions.map(({ name, where, share }) => [
      `\`${name}\``,
      where,
      `${(share * 100).toFixed(1)} %`,
    ]),
  });
}
