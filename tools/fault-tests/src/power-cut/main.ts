/**
 * Cuts the power of a real ext4 many times and counts acknowledged entries that are lost: none may
 * be. Then the same with a sync left out, and that must be caught.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cutRound } from './cut-round.ts';
import { LoopDisk, NotPossibleError } from './loop-disk.ts';
import { isMutant, MUTANT_NAMES, type Mutant } from './mutant-disk.ts';

const HELP = `power cuts of a real ext4 on a loop device (Linux, root)

  node tools/fault-tests/src/power-cut/main.ts [--mutant NAME]

  MCPLOG_POWER_CUTS   cuts with the real store (default 100)
  --mutant NAME       instead, cuts with one kind of sync left out: ${MUTANT_NAMES.join(', ')};
                      ends with an error status unless entries are lost
`;
const MUTANT_CUTS_MAX = 20;
/** Set for the process that has mounts of its own. */
const ALONE = 'MCPLOG_POWER_CUT_ALONE';

const { values } = parseArgs({
  options: { mutant: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
});
const cuts = Number(process.env.MCPLOG_POWER_CUTS ?? '100');

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** @returns the number of cuts after which something was not as promised */
async function cutMany(disk: LoopDisk, count: number, mutant?: Mutant): Promise<number> {
  let acknowledged = 0;
  let failed = 0;
  for (let round = 1; round <= count; round++) {
    const result = await cutRound(disk, mutant);
    acknowledged += result.acknowledged;
    if (result.broken !== undefined) {
      failed++;
      say(`cut ${round}: ${result.broken}`);
      if (mutant !== undefined) break;
    }
    if (round % 10 === 0) say(`${round} cuts, ${acknowledged} entries acknowledged, ${failed} bad`);
  }
  return failed;
}

async function main(): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'mcplog-power-cut-'));
  let disk: LoopDisk | undefined;
  try {
    disk = new LoopDisk(directory);
    const asked = values.mutant;
    if (asked !== undefined && !isMutant(asked)) {
      say(`there is no mutant ${asked}\n\n${HELP}`);
      return 2;
    }
    const failed = asked === undefined ? await cutMany(disk, cuts) : 0;
    const mutant = asked ?? 'no-fsync';
    say(`the same with ${mutant}, which must be caught:`);
    const caught = await cutMany(disk, MUTANT_CUTS_MAX, mutant);
    const passed = (asked === undefined ? cuts - failed : 0) + (caught > 0 ? 1 : 0);
    const bad = failed + (caught > 0 ? 0 : 1);
    say(caught > 0 ? `${mutant} is caught` : `${mutant} is not caught`);
    say(`${passed} passed, ${bad} failed`);
    return bad > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof NotPossibleError)) throw error;
    say(`power cuts are not possible here: ${error.message}`);
    return 2;
  } finally {
    disk?.remove();
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * The mounts must be seen by us alone: another program's sandbox that starts meanwhile would keep a
 * copy of them, and a file system that is still mounted somewhere cannot come back with its power.
 */
function runAlone(): number {
  const args = ['--mount', process.execPath, ...process.argv.slice(1)];
  const env = { ...process.env, [ALONE]: '1' };
  const { status, error } = spawnSync('unshare', args, { stdio: 'inherit', env });
  if (error !== undefined) say(`power cuts are not possible here: ${error.message}`);
  return status ?? 2;
}

if (values.help) say(HELP);
else process.exitCode = process.env[ALONE] === undefined ? runAlone() : await main();
