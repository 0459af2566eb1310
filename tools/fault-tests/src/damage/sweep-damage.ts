/** Damages every region of a small store: verification must name each, readers must serve none. */
import { encodeEntry } from '@mcplog/log-entry';
import { type Finding, verifyStore } from '@mcplog/log-proof';
import { openLogReader } from '@mcplog/log-store/reader';
import type { MemoryDisk } from '@mcplog/test-kit';
import { BrokenPromise } from '../broken-promise.ts';
import type { Form } from '../parts.ts';
import type { Tally } from '../tally.ts';
import { additions } from './additions.ts';
import { cuts, type Damage, flips, movedBlocks, movedFiles } from './damages.ts';
import {
  DATA,
  LOGS,
  makeRandomStore,
  makeStore,
  type SignedStore,
  TARGETS,
} from './signed-store.ts';

const BODY_STRIDE = 13;
const CLEAN_STORES: Record<Form, number> = { long: 1000, short: 15 };
const EVERY: Record<Form, number> = { long: 1, short: 101 };
const DEADLINE_MS = 60_000;

export async function sweepDamage(tally: Tally, form: Form): Promise<void> {
  for (let seed = 1; seed <= CLEAN_STORES[form]; seed++) {
    await tally.check(
      async () => assertClean(await makeRandomStore(seed)),
      () => `clean store ${seed}`,
    );
  }
  const store = await makeStore();
  await assertClean(store);
  const contents = store.disk.contents();
  const all = [
    ...flips(contents, BODY_STRIDE),
    ...cuts(contents),
    ...movedBlocks(contents),
    ...movedFiles(contents),
    ...additions(contents),
  ];
  for (const damage of all.filter((_, at) => at % EVERY[form] === 0)) {
    await tally.check(
      () => runDamage(store, damage),
      () => `damage: ${damage.name}`,
    );
  }
}

async function assertClean(store: SignedStore): Promise<void> {
  const findings = await findingsOf(store, store.disk);
  if (findings.length > 0) throw new BrokenPromise(`clean, yet ${JSON.stringify(findings[0])}`);
}

/** @throws BrokenPromise */
export async function runDamage(store: SignedStore, damage: Damage): Promise<void> {
  const disk = store.disk.afterPowerCut({ kind: 'everything' });
  for (const [path, bytes] of damage.files) disk.damage(path, bytes);
  await examineReading(store, disk, damage);
  const findings = await findingsOf(store, disk);
  if (findings.length === 0 && isCutJournal(damage) && (await isUnfinished(store, disk))) return;
  if (findings.length === 0) throw new BrokenPromise('not found');
  const said = JSON.stringify(findings.map(({ kind, file, block }) => ({ kind, file, block })));
  if (!findings.some(({ file }) => damage.named.some((name) => isSame(file, name)))) {
    throw new BrokenPromise(`not named: ${said}`);
  }
  const { blocks } = damage;
  const isBlockNamed = findings.some(({ block }) => blocks?.includes(block ?? -1));
  if (blocks !== undefined && !isBlockNamed) throw new BrokenPromise(`block not named: ${said}`);
}

/**
 * A segment answers for its index, and an index for its segment. In a chain of manifests or
 * certificates what is missing is named by the next one or by the directory. A checkpoint journal that
 * is gone is called by a star.
 */
function isSame(found: string, wanted: string): boolean {
  const plain = (name: string) =>
    name
      .replace(/(\/\.index)(\/manifest\..*)?$/, '$1')
      .replace(/\/\.index\/(.*)\.idx$/, '/$1')
      .replace(/\.gz$/, '')
      .replace(/(\/certificates)(\/.*)?$/, '$1')
      .replace(/^integrity\/[^/]+\/checkpoints/, 'integrity/*/checkpoints');
  return plain(found) === plain(wanted);
}

async function findingsOf({ anchors }: SignedStore, disk: MemoryDisk): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of verifyStore({ logs: LOGS, data: DATA, anchors, disk })) {
    findings.push(finding);
  }
  return findings;
}

function isCutJournal({ files }: Damage): boolean {
  return [...files.keys()].every((path) => path.endsWith('.jsonl'));
}

/** A record that no checkpoint names yet, cut within: a power cut leaves the same. It is counted. */
async function isUnfinished({ anchors }: SignedStore, disk: MemoryDisk): Promise<boolean> {
  const verification = verifyStore({ logs: LOGS, data: DATA, anchors, disk });
  for await (const _finding of verification) return false;
  return verification.counts.unfinishedRecords === 1;
}

/**
 * Whatever is damaged, reading ends; and what is served of sealed files is what was written. Files
 * that are not sealed have no checksum a reader could look at: there only verification tells.
 */
async function examineReading(
  { lines }: SignedStore,
  disk: MemoryDisk,
  damage: Damage,
): Promise<void> {
  const reader = openLogReader({ root: LOGS, disk });
  const isSealed = [...damage.files.keys()].every((path) => /\.(gz|idx|json|jsonl)$/.test(path));
  for (const target of TARGETS) {
    const view =
      target.kind === 'system' ? reader.system([target.category]) : reader.instance(target);
    for (const order of ['asc', 'desc'] as const) {
      for (const filter of [{}, { search: 'ready' }]) {
        const limits = { order, filter, limit: 1000, deadlineMs: DEADLINE_MS };
        const { entries } = await view.query(limits);
        const bad = entries.map(encodeEntry).find((line) => !lines.has(line));
        if (isSealed && bad !== undefined) throw new BrokenPromise(`served as good: ${bad}`);
      }
    }
  }
}
