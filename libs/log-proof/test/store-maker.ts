/** Makes a store as the services do: lines, rotation, seals, heads, days, checkpoints. */
import { encodeEntry, type LogFile, makeSeq } from '@mcplog/log-entry';
import { listLogDirectories, listSegments } from '@mcplog/log-store/check';
import { sealSegment } from '@mcplog/log-store/maintenance';
import { type LogTarget, type LogWriter, openLogWriter } from '@mcplog/log-store/writer';
import { MemoryDisk } from '@mcplog/test-kit';
import {
  type Anchor,
  HeadJournal,
  headOf,
  openProofKeeper,
  openSigner,
  type ProofKeeper,
} from '../src/index.ts';

export const LOGS = '/logs';
export const DATA = '/data';
export const DAY_MS = 86_400_000;
const START_MS = Date.parse('2025-07-13T10:00:00.000Z');
/** Small blocks, so that a segment has several. */
const LIMITS = { blockBytes: 2048, lineBytesMax: 1024 * 1024 };

export class StoreMaker {
  readonly disk: MemoryDisk;
  nowMs = START_MS;
  keeper: ProofKeeper;
  readonly #writer: LogWriter;
  #heads: HeadJournal;
  readonly #seqs = new Map<string, number>();

  constructor(disk = new MemoryDisk()) {
    this.disk = disk;
    const now = () => this.nowMs;
    const onFinding = (finding: unknown) => {
      throw new Error(`unexpected: ${JSON.stringify(finding)}`);
    };
    this.#writer = openLogWriter({ root: LOGS, disk, now, onFinding, keepHeads: true });
    const signer = openSigner({ data: DATA, name: 'log-writer', disk, now });
    this.#heads = new HeadJournal({ signer, logs: LOGS, disk });
    this.keeper = openProofKeeper({ logs: LOGS, data: DATA, disk, now });
  }

  /** Both signers come back from what is on disk. */
  restart(): void {
    const now = () => this.nowMs;
    this.#heads.close();
    this.keeper.close();
    const signer = openSigner({ data: DATA, name: 'log-writer', disk: this.disk, now });
    this.#heads = new HeadJournal({ signer, logs: LOGS, disk: this.disk, compactBytes: 4096 });
    this.keeper = openProofKeeper({ logs: LOGS, data: DATA, disk: this.disk, now });
  }

  async createInstance(userId: string, instanceId: string): Promise<void> {
    await this.#writer.createInstance({ userId, instanceId });
  }

  /** Appends lines, commits, and signs heads. */
  async write(target: LogTarget, lines: number, text = 'line'): Promise<void> {
    const key = JSON.stringify(target);
    for (let line = 0; line < lines; line++) {
      const seq = (this.#seqs.get(key) ?? makeSeq(1, 1) - 1) + 1;
      this.#seqs.set(key, seq);
      this.nowMs += 10;
      const timestamp = new Date(this.nowMs).toISOString();
      const message = `${text} ${seq} ${Math.sin(seq).toString(36)}`;
      const entry = { timestamp, level: 'info', message, metadata: { seq, type: 'stdout' } };
      const encoded = Buffer.from(`${encodeEntry(entry as never)}\n`);
      this.#writer.append(target, encoded, { firstSeq: seq, lastSeq: seq, count: 1 });
    }
    await this.#writer.commit();
    this.signHeads();
  }

  signHeads(): void {
    this.#heads.append(this.#writer.takeHeads().map(headOf));
  }

  async rotate(target: LogTarget): Promise<void> {
    await this.#writer.rotate(target);
    this.signHeads();
  }

  /** Seals whatever was rotated. */
  async seal(): Promise<void> {
    for (const { directory, steps } of listLogDirectories(this.disk, LOGS)) {
      for (const { name, hasPlain } of listSegments(this.disk, directory)) {
        if (!hasPlain) continue;
        await sealSegment({
          disk: this.disk,
          directory,
          name,
          sign: async (facts) => this.keeper.signSeal(steps.join('/'), facts),
          limits: LIMITS,
        });
      }
    }
  }

  async endDay(days = 1): Promise<void> {
    this.nowMs = Math.floor(this.nowMs / DAY_MS + days) * DAY_MS + 5000;
    await this.keeper.closeDay();
  }

  checkpoint(): Anchor {
    const anchor = this.keeper.checkpoint();
    if (anchor === undefined) throw new Error('no checkpoint');
    return anchor;
  }
}

export function instanceTarget(instanceId: string, file: LogFile = 'app'): LogTarget {
  return { kind: 'instance', userId: 'u1', instanceId, file };
}
