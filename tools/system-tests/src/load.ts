/** A server that writes numbered lines at a steady pace, and the check of what became of them. */
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LogEntry } from '@mcplog/log-entry';
import { eventually, makeTempDir } from '@mcplog/test-kit';
import {
  compareWithLedger,
  type LedgerFindings,
  missingInRuns,
  numbersIn,
  readLedger,
} from './ledger.ts';
import { inOrder, instanceDir, readInstanceFiles } from './log-files.ts';
import { readAll } from './logs.ts';
import type { Product } from './product.ts';
import { NUMBERED_ITEM, type Scene } from './scene.ts';
import type { Session } from './session.ts';

const DRAIN_MS = 120_000;

export interface Load {
  readonly owner: Session;
  readonly instanceId: string;
  /** The number of the line written last. */
  lastWritten(): number;
  /** Resolves when this many further lines have been written. */
  untilWritten(more: number, timeoutMs?: number): Promise<void>;
  /** Resolves when this many further lines can be found. */
  untilKept(more: number): Promise<void>;
  /** Stops the server and waits until everything it said has arrived. */
  finish(): Promise<KeptLoad>;
}

export interface KeptLoad {
  readonly written: readonly number[];
  /** Everything in the files, by seq. */
  readonly entries: readonly LogEntry[];
  /** What the query-api tells. */
  readonly told: readonly LogEntry[];
  readonly findings: LedgerFindings;
  readonly missing: Record<number, number[]>;
}

export async function startLoad(
  { local }: Product,
  scene: Scene,
  linesPerSecond: number,
): Promise<Load> {
  const dir = await makeTempDir('ledger');
  // The server may run under a user of its own.
  chmodSync(dir, 0o777);
  const ledger = join(dir, 'ledger');
  const owner = await scene.addUser('ann');
  // A folder that the command names is shown to the server.
  await scene.putItem('test-ledger', { ...NUMBERED_ITEM, args: [...NUMBERED_ITEM.args, dir] });
  const pace = { LINES_PER_SECOND: String(linesPerSecond), LINES_WITH_TIME: '1' };
  const env = { LEDGER: ledger, ...pace };
  const instanceId = await scene.addInstance(owner, { service: 'test-ledger', env });
  const written = () => (existsSync(ledger) ? readLedger(ledger) : []);
  const lastWritten = () => written().at(-1) ?? 0;
  const files = () =>
    inOrder(readInstanceFiles(instanceDir(local?.logDir ?? '', owner.user.id, instanceId)));
  const lastKept = () => numbersIn(files()).at(-1) ?? 0;
  const finish = async () => {
    // The query-api may have been killed a moment ago.
    await eventually(() => owner.call('POST', `/api/v1/mcps/${instanceId}/stop`));
    await scene.untilState(owner, instanceId, 'stopped');
    const isEnd = ({ metadata }: LogEntry) => metadata.event === 'instance_ended';
    const last = () => files().at(-1);
    await eventually(() => isEnd(last() as LogEntry), { timeoutMs: DRAIN_MS, intervalMs: 250 });
    const entries = files();
    return {
      written: written(),
      entries,
      told: await readAll(owner, instanceId),
      findings: compareWithLedger(written(), numbersIn(entries)),
      missing: missingInRuns(entries),
    };
  };
  return {
    owner,
    instanceId,
    lastWritten,
    finish,
    untilWritten: async (more, timeoutMs = 60_000) => {
      const goal = lastWritten() + more;
      await eventually(() => lastWritten() >= goal, { timeoutMs });
    },
    untilKept: async (more) => {
      const goal = lastWritten() + more;
      await eventually(() => lastKept() >= goal, { timeoutMs: 60_000, intervalMs: 250 });
    },
  };
}
