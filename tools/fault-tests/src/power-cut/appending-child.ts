/**
 * Appends, commits, rotates and seals for ever; after each commit it says on stdout how far each log
 * has come for good. argv: log directory, mutant or nothing.
 */
import { writeSync } from 'node:fs';
import type { Disk } from '@mcplog/log-store/check';
import { nodeDisk, openLogWriter } from '@mcplog/log-store/writer';
import { encodeLines, entryOf } from '../entries.ts';
import { sealAll } from '../sealing.ts';
import { isMutant, leaveOut } from './mutant-disk.ts';
import { TARGETS } from './targets.ts';

const ENTRIES_MAX = 40;
const ROTATE_EVERY = 7;

const [, , root = '', mutant = ''] = process.argv;
const disk: Disk = isMutant(mutant) ? leaveOut(nodeDisk, mutant) : nodeDisk;
const writer = openLogWriter({ root, disk, onFinding: () => undefined });
const last = TARGETS.map(() => 0);
let sealing: Promise<void> | undefined;

for (let round = 1; ; round++) {
  for (const [at, target] of TARGETS.entries()) {
    const count = 1 + Math.floor(Math.random() * ENTRIES_MAX);
    const first = (last[at] ?? 0) + 1;
    const entries = Array.from({ length: count }, (_, step) => entryOf(target, first + step));
    const [firstSeq, lastSeq] = [entries[0], entries.at(-1)].map((one) => one?.metadata.seq ?? 0);
    writer.append(target, encodeLines(entries), {
      firstSeq: firstSeq as number,
      lastSeq: lastSeq as number,
      count,
    });
    last[at] = first + count - 1;
  }
  const failures = await writer.commit();
  if (failures.length > 0) throw failures[0]?.error;
  writeSync(1, `${JSON.stringify(last)}\n`);
  if (round % ROTATE_EVERY !== 0) continue;
  const target = TARGETS[Math.floor(round / ROTATE_EVERY) % TARGETS.length];
  if (target !== undefined) await writer.rotate(target);
  sealing ??= sealAll(disk, root).finally(() => {
    sealing = undefined;
  });
  sealing.catch(() => process.exit(1));
}
