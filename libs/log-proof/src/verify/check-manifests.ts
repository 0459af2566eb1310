/** The manifests of one directory: each as it was signed, none missing, none put in. */
import { join } from 'node:path';
import { type Disk, INDEX_DIRECTORY } from '@mcplog/log-store/check';
import { manifestChain } from '../checkpoint.ts';
import { dayAfter } from '../day.ts';
import { readWholeFile } from '../durable-file.ts';
import type { Tip } from '../journal.ts';
import { dayOfManifestFile, SignedManifest } from '../manifest.ts';
import { isDirectory } from '../manifest-files.ts';
import { hashOf, parseStatement } from '../statement.ts';
import type { Counts, Finding, FindingKind } from './finding.ts';
import type { History } from './history.ts';

export interface ManifestCheck {
  /** Sound ones, by number. */
  readonly manifests: readonly SignedManifest[];
  readonly findings: readonly Finding[];
  /** True when some manifest is missing or damaged: then not every seal is known. */
  readonly isIncomplete: boolean;
}

export interface DirectoryPlace {
  readonly disk: Disk;
  readonly logs: string;
  /** Steps below the log directory. */
  readonly directory: string;
  readonly history: History;
  readonly counts: Counts;
}

export function checkManifests(place: DirectoryPlace): ManifestCheck {
  const { disk, logs, directory, history } = place;
  const index = join(logs, directory, INDEX_DIRECTORY);
  const tip = history.tips.get(manifestChain(directory));
  if (!isDirectory(disk, index)) {
    if (tip === undefined) return { manifests: [], findings: [], isIncomplete: false };
    const file = `${directory}/${INDEX_DIRECTORY}`;
    const message = `missing with ${tip.number} manifests and all seals: what was signed is lost`;
    const finding = { kind: 'proof-lost', file, message } as const;
    return { manifests: [], findings: [finding], isIncomplete: true };
  }
  const check = new ManifestChain(place);
  for (const name of disk.readdir(index).sort()) {
    const day = dayOfManifestFile(name);
    if (day !== undefined) check.read(join(index, name), name, day);
  }
  check.end(tip);
  return check;
}

class ManifestChain implements ManifestCheck {
  readonly manifests: SignedManifest[] = [];
  readonly findings: Finding[] = [];
  isIncomplete = false;
  readonly #place: DirectoryPlace;
  #damagedSince = 0;

  constructor(place: DirectoryPlace) {
    this.#place = place;
  }

  read(path: string, name: string, day: string): void {
    const { disk, directory, counts } = this.#place;
    counts.manifests++;
    const file = `${directory}/${INDEX_DIRECTORY}/${name}`;
    const text = readWholeFile(disk, path)?.toString();
    const manifest = text?.endsWith('\n')
      ? parseStatement(SignedManifest, text.slice(0, -1))
      : undefined;
    const problem =
      manifest === undefined
        ? ({ kind: 'manifest-damaged', message: 'is no manifest' } as const)
        : this.#problemOf(manifest, day);
    if (problem !== undefined) this.#damaged(problem.kind, file, problem.message);
    else if (manifest !== undefined) this.#take(manifest, file);
  }

  #problemOf(
    manifest: SignedManifest,
    day: string,
  ): { readonly kind: FindingKind; readonly message: string } | undefined {
    const { directory, history, counts } = this.#place;
    const { body } = manifest;
    if (body.directory !== directory || body.day !== day) {
      const message = `is the manifest of ${body.directory} for ${body.day}`;
      return { kind: 'manifest-damaged', message };
    }
    switch (history.ring.check(manifest, day)) {
      case 'good':
        return undefined;
      case 'bad':
        return { kind: 'manifest-damaged', message: 'is not what was signed' };
      case 'forged':
        return {
          kind: 'manifest-forged',
          message: 'is signed by a key that was not in use on its day',
        };
      case 'unknown':
        if (!history.ring.isIncomplete(body.signer)) {
          return { kind: 'manifest-forged', message: 'is signed by no key of ours' };
        }
        counts.uncheckedSignatures++;
        return undefined;
    }
  }

  /** The newest ones may be missing, or be others than a checkpoint names. */
  end(tip: Tip | undefined): void {
    const newest = this.manifests.at(-1);
    const number = newest?.body.number ?? 0;
    const { directory } = this.#place;
    const folder = `${directory}/${INDEX_DIRECTORY}`;
    if (tip !== undefined && number + this.#damagedSince < tip.number) {
      const words = `manifests ${number + 1} to ${tip.number} are missing behind ${this.#lastDay()}`;
      this.#damaged('manifest-missing', folder, words);
    }
    const named = this.manifests.find(({ body }) => body.number === tip?.number);
    if (named !== undefined && hashOf(named) !== tip?.hash) {
      const file = `${folder}/manifest.${named.body.day}.json`;
      this.#damaged('manifest-forged', file, 'is not the one that a checkpoint names');
    }
    this.#checkNamedByCheckpoint(tip, folder);
  }

  /** The key changes only behind the checkpoint that names a day's manifests. */
  #checkNamedByCheckpoint(tip: Tip | undefined, folder: string): void {
    const { history } = this.#place;
    const unnamed = this.manifests.find(({ body }) => body.number > (tip?.number ?? 0));
    if (unnamed === undefined || history.isLost) return;
    const newestKey = history.ring.certificates.get(unnamed.body.signer)?.at(-1);
    if (newestKey === undefined || newestKey.body.day <= unnamed.body.day) return;
    if (history.findings.some(({ kind }) => kind.startsWith('checkpoint'))) return;
    const file = `${folder}/manifest.${unnamed.body.day}.json`;
    const message = `no checkpoint names manifest ${unnamed.body.number}: checkpoints are missing`;
    this.findings.push({ kind: 'checkpoint-missing', file, message });
  }

  #take(manifest: SignedManifest, file: string): void {
    const { body } = manifest;
    const before = this.manifests.at(-1);
    const expected = (before?.body.number ?? 0) + 1;
    const isNext = body.number === expected;
    if (body.number > expected + this.#damagedSince) {
      const words = `manifests ${expected} to ${body.number - 1} are missing behind ${this.#lastDay()}`;
      this.#damaged('manifest-missing', file, words);
    } else if (isNext && body.previous !== (before === undefined ? null : hashOf(before))) {
      this.#damaged('manifest-forged', file, 'does not follow the manifest before it');
    } else if (isNext && before !== undefined && body.from !== dayAfter(before.body.day)) {
      this.#damaged(
        'manifest-missing',
        file,
        `no manifest stands for ${dayAfter(before.body.day)}`,
      );
    }
    this.#damagedSince = 0;
    this.manifests.push(manifest);
  }

  #lastDay(): string {
    return this.manifests.at(-1)?.body.day ?? 'the beginning';
  }

  #damaged(kind: FindingKind, file: string, message: string): void {
    this.findings.push({ kind, file, message });
    this.isIncomplete = true;
    this.#damagedSince++;
  }
}
