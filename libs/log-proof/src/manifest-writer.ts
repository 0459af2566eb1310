/** Writes the manifests of directories and knows how far their seals have come. */
import { join } from 'node:path';
import { type Disk, INDEX_DIRECTORY } from '@mcplog/log-store/check';
import { dayAfter } from './day.ts';
import type { Pending } from './day-book.ts';
import { makeDirectory, writeFileDurably } from './durable-file.ts';
import { readFileStates } from './file-state.ts';
import type { Tip } from './journal.ts';
import { MANIFEST_KIND, manifestFile, type SealTip, type SignedManifest } from './manifest.ts';
import { isDirectory, readNewestManifest } from './manifest-files.ts';
import type { SignedSeal } from './seal.ts';
import type { Signer } from './signer.ts';
import { hashOf, textOf } from './statement.ts';

export interface ManifestRoom {
  readonly disk: Disk;
  readonly logs: string;
  readonly signer: Signer;
  readonly pending: Pending;
}

/** The seals of one directory, as far as the next one needs them. */
export interface SealChain {
  /** Of the newest manifest. */
  readonly seals: readonly SignedSeal[];
  /** The seal that one for this file follows. */
  tipBefore(log: string, name: string): SealTip | undefined;
}

export class ManifestWriter {
  readonly #room: ManifestRoom;

  constructor(room: ManifestRoom) {
    this.#room = room;
  }

  sealChain(directory: string): SealChain {
    const newest = readNewestManifest(this.#room.disk, this.#indexOf(directory));
    const waiting = this.#room.pending.sealsOf(directory);
    return {
      seals: newest?.body.seals ?? [],
      tipBefore(log, name) {
        let tip = newest?.body.tips.find((known) => known.log === log);
        for (const seal of waiting) {
          if (seal.body.log === log && seal.body.file !== name) tip = tipOf(seal);
        }
        return tip;
      },
    };
  }

  /**
   * The manifest up to and including the day; one that is there already is returned.
   * @param known the last manifest that a checkpoint names: the chain goes on behind it even when
   *   its file is gone
   */
  async write(directory: string, day: string, known: Tip | undefined): Promise<SignedManifest> {
    const { disk, logs, signer, pending } = this.#room;
    const path = join(logs, directory);
    const newest = readNewestManifest(disk, this.#indexOf(directory));
    if (newest !== undefined && newest.body.day >= day) return newest;
    assertOwnSteps(disk, logs, directory);
    const tip = newest && { number: newest.body.number, hash: hashOf(newest) };
    const previous = (known?.number ?? 0) > (tip?.number ?? 0) ? known : tip;
    const held = new Set(
      [...(newest?.body.seals ?? []), ...(newest?.body.deletions ?? [])].map(hashOf),
    );
    const isNew = (statement: Parameters<typeof hashOf>[0]) => !held.has(hashOf(statement));
    const seals = newestPerFile(pending.sealsOf(directory))
      .filter(isNew)
      .filter((seal) => this.#isFinished(path, seal));
    const manifest = signer.sign(MANIFEST_KIND, {
      directory,
      number: (previous?.number ?? 0) + 1,
      from: newest === undefined ? day : dayAfter(newest.body.day),
      day,
      previous: previous?.hash ?? null,
      seals,
      tips: tipsAfter(newest?.body.tips ?? [], seals),
      files: await readFileStates(disk, path),
      deletions: pending.deletionsOf(directory).filter(isNew),
    }) as SignedManifest;
    makeDirectory(disk, this.#indexOf(directory));
    const text = `${textOf(manifest)}\n`;
    writeFileDurably(disk, join(this.#indexOf(directory), manifestFile(day)), Buffer.from(text));
    return manifest;
  }

  /** False while the rotated file waits to be sealed (again): then its seal may still change. */
  #isFinished(path: string, { body }: SignedSeal): boolean {
    const { disk } = this.#room;
    const rotated = join(path, body.file);
    return disk.lstat(`${rotated}.gz`) !== undefined || disk.lstat(rotated) === undefined;
  }

  #indexOf(directory: string): string {
    return join(this.#room.logs, directory, INDEX_DIRECTORY);
  }
}

/** A segment that was sealed again has two seals; only the later one counts. */
export function newestPerFile(seals: readonly SignedSeal[]): SignedSeal[] {
  const newest = new Map(seals.map((seal) => [fileOf(seal), seal]));
  return seals.filter((seal) => newest.get(fileOf(seal)) === seal);
}

export function tipsAfter(tips: readonly SealTip[], seals: readonly SignedSeal[]): SealTip[] {
  const byLog = new Map(tips.map((tip) => [tip.log, tip]));
  for (const seal of seals) byLog.set(seal.body.log, tipOf(seal));
  return [...byLog.values()];
}

function tipOf(seal: SignedSeal): SealTip {
  return { log: seal.body.log, ordinal: seal.body.ordinal, hash: hashOf(seal) };
}

function fileOf({ body }: SignedSeal): string {
  return `${body.directory}/${body.file}`;
}

/** @throws Error when a step is a link: a manifest must not land in somebody else's directory */
function assertOwnSteps(disk: Disk, logs: string, directory: string): void {
  let at = logs;
  for (const step of directory.split('/')) {
    at = join(at, step);
    if (!isDirectory(disk, at)) throw new Error(`${at} is no directory of its own`);
  }
}
