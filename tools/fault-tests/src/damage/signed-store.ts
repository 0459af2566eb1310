/** A store as the services leave it: lines, rotation, seals, heads, days, checkpoints, all signed. */
import {
  type Anchor,
  HeadJournal,
  headOf,
  openProofKeeper,
  openSigner,
  type ProofKeeper,
} from '@mcplog/log-proof';
import { listLogDirectories, listSegments, sealSegment } from '@mcplog/log-store/maintenance';
import { type LogTarget, type LogWriter, openLogWriter } from '@mcplog/log-store/writer';
import { MemoryDisk, seededRandom } from '@mcplog/test-kit';
import { encodeLines } from '../entries.ts';
import { AUDIT, instanceFile, Numbers } from '../history.ts';

export const LOGS = '/srv/logs';
export const DATA = '/srv/data';
const START_MS = Date.UTC(2025, 6, 13, 22);
const DAY_MS = 86_400_000;
const LIMITS = { blockBytes: 900, lineBytesMax: 4096 };

export const TARGETS: readonly LogTarget[] = [
  instanceFile('one'),
  instanceFile('one', 'error'),
  instanceFile('two'),
  AUDIT,
];

export class SignedStore {
  readonly disk = new MemoryDisk();
  readonly anchors: Anchor[] = [];
  /** Every line that was ever written. */
  readonly lines = new Set<string>();
  readonly #numbers = new Numbers();
  readonly #writer: LogWriter;
  readonly #heads: HeadJournal;
  readonly #keeper: ProofKeeper;
  #nowMs = START_MS;

  constructor() {
    const now = () => this.#nowMs++;
    const { disk } = this;
    const onFinding = () => undefined;
    this.#writer = openLogWriter({ root: LOGS, disk, now, onFinding, keepHeads: true });
    const signer = openSigner({ data: DATA, name: 'log-writer', disk, now });
    this.#heads = new HeadJournal({ signer, logs: LOGS, disk });
    this.#keeper = openProofKeeper({ logs: LOGS, data: DATA, disk, now });
  }

  /** Appends, commits and signs. */
  async write(target: LogTarget, count: number): Promise<void> {
    for (const { entries } of this.#numbers.batch([target, count])) {
      const lines = encodeLines(entries);
      for (const line of lines.toString('utf8').split('\n').slice(0, -1)) this.lines.add(line);
      const [firstSeq, lastSeq] = [entries[0], entries.at(-1)].map((one) => one?.metadata.seq ?? 0);
      const range = { firstSeq: firstSeq as number, lastSeq: lastSeq as number, count };
      this.#writer.append(target, lines, range);
    }
    await this.#writer.commit();
    this.#signHeads();
  }

  async rotate(target: LogTarget): Promise<void> {
    await this.#writer.rotate(target);
    this.#signHeads();
  }

  async seal(): Promise<void> {
    for (const { directory, steps } of listLogDirectories(this.disk, LOGS)) {
      const sign = async (facts: Parameters<ProofKeeper['signSeal']>[1]) =>
        this.#keeper.signSeal(steps.join('/'), facts);
      for (const { name, hasPlain } of listSegments(this.disk, directory)) {
        if (!hasPlain) continue;
        await sealSegment({ disk: this.disk, directory, name, sign, limits: LIMITS });
      }
    }
  }

  async endDay(): Promise<void> {
    this.#numbers.day++;
    this.#nowMs = Math.floor(this.#nowMs / DAY_MS + 1) * DAY_MS + 5000;
    await this.#keeper.closeDay();
    const anchor = this.#keeper.checkpoint();
    if (anchor !== undefined) this.anchors.push(anchor);
  }

  #signHeads(): void {
    this.#heads.append(this.#writer.takeHeads().map(headOf));
  }
}

/** Sealed segments of several blocks, one rotated and not sealed, active files, two days. */
export async function makeStore(): Promise<SignedStore> {
  const store = new SignedStore();
  const [one, error, two, audit] = TARGETS as [LogTarget, LogTarget, LogTarget, LogTarget];
  await store.write(one, 12);
  await store.write(error, 3);
  await store.write(audit, 2);
  await store.rotate(one);
  await store.write(one, 9);
  await store.rotate(one);
  await store.seal();
  await store.endDay();
  await store.write(one, 6);
  await store.write(two, 8);
  await store.rotate(two);
  await store.rotate(audit);
  await store.seal();
  await store.endDay();
  await store.write(one, 4);
  await store.write(two, 5);
  await store.rotate(one);
  await store.write(one, 2);
  return store;
}

/** Anything the services may do, in any order. */
export async function makeRandomStore(seed: number): Promise<SignedStore> {
  const random = seededRandom(seed);
  const store = new SignedStore();
  for (let steps = 1 + random.below(14); steps > 0; steps--) {
    const target = TARGETS[random.below(TARGETS.length)] as LogTarget;
    const what = random.below(10);
    if (what < 5) await store.write(target, 1 + random.below(9));
    else if (what < 7) await store.rotate(target);
    else if (what < 9) await store.seal();
    else await store.endDay();
  }
  return store;
}
