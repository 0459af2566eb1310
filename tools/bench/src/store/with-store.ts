import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTempDir } from '@mcplog/test-kit';
import { say } from '../progress.ts';
import { type SealedStore, writeSealedStore } from './sealed-store.ts';

const FACTS = 'facts.json';

export interface StorePlan {
  readonly gb: number;
  /** A folder for stores that are kept; absent: a temporary one. */
  readonly store?: string;
}

/** Sealed logs of that size, made unless an earlier run kept them. */
export async function withStore(
  { gb, store }: StorePlan,
  use: (store: SealedStore) => Promise<void>,
): Promise<void> {
  if (store === undefined) {
    await withTempDir(async (dir) => use(await makeStore(dir, gb)));
    return;
  }
  const dir = join(store, `${gb}-gb`);
  const facts = join(dir, FACTS);
  if (existsSync(facts)) {
    await use(JSON.parse(readFileSync(facts, 'utf8')) as SealedStore);
    return;
  }
  // What a run left that was ended before it was done.
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const made = await makeStore(dir, gb);
  writeFileSync(facts, JSON.stringify(made));
  await use(made);
}

function makeStore(dir: string, gb: number): Promise<SealedStore> {
  say(`writing and sealing ${gb} GB of logs`);
  return writeSealedStore(dir, gb * 1e9);
}
