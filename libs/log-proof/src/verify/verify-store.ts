/** Checks a whole store against what was signed of it. Reads only. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Disk, listLogDirectories, nodeDisk } from '@mcplog/log-store/check';
import type { Anchor } from '../checkpoint.ts';
import { CHECKPOINT_FILE } from '../checkpoint.ts';
import { isDirectory } from '../manifest-files.ts';
import { checkDirectory, stateOf } from './check-directory.ts';
import { type Counts, type Finding, noCounts } from './finding.ts';
import { type History, readHistory } from './history.ts';
import { readLoggedAnchors } from './logged-anchors.ts';

export interface VerifyOptions {
  readonly logs: string;
  readonly data: string;
  /** Only this user's instances. */
  readonly user?: string;
  /** Only instances of this id. */
  readonly instance?: string;
  /** Checkpoints that history must contain, kept elsewhere. */
  readonly anchors?: readonly Anchor[];
  /** Fingerprints of new roots that are no finding, because it is known why they began. */
  readonly acceptedRoots?: readonly string[];
  /** Unpacks every block and makes every index anew: as slow as sealing. */
  readonly isDeep?: boolean;
  readonly disk?: Disk;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyProgress {
  readonly directory: string;
  /** From 0. */
  readonly done: number;
  readonly directories: number;
  /** Bytes of sealed files read so far. */
  readonly storedBytes: number;
}

export interface Verification extends AsyncIterable<Finding> {
  /** Complete when the findings have been read to their end. */
  readonly counts: Readonly<Counts>;
  readonly summary: () => VerifySummary;
}

export interface VerifySummary {
  /** Keep it elsewhere: it proves later that nothing before it was rolled back. */
  readonly lastCheckpoint: Anchor | undefined;
  /** SHA-256 of each signer's first public key, hexadecimal. */
  readonly roots: Readonly<Record<string, string>>;
}

const ATTEMPTS_MAX = 3;
/** Twice the time in which the log-writer signs what it wrote. */
const HEADS_LATE_MS = 2_000;

/**
 * The findings, as they are found.
 * @throws Error of the file system, or the signal's reason, while iterating
 */
export function verifyStore(options: VerifyOptions): Verification {
  const counts = noCounts();
  let history: History | undefined;
  async function* run(): AsyncGenerator<Finding> {
    const verifier = new StoreVerifier(options, counts);
    history = verifier.history;
    for await (const finding of verifier.findings()) {
      counts.findings++;
      yield finding;
    }
  }
  return {
    counts,
    [Symbol.asyncIterator]: run,
    summary: () => ({
      lastCheckpoint: history?.lastCheckpoint,
      roots: Object.fromEntries(rootsOf(history)),
    }),
  };
}

function* rootsOf(history: History | undefined): Generator<[string, string]> {
  for (const signer of history?.ring.certificates.keys() ?? []) {
    const root = history?.ring.rootOf(signer);
    if (root !== undefined) yield [signer, root];
  }
}

class StoreVerifier {
  history: History;
  readonly #options: VerifyOptions;
  readonly #disk: Disk;
  readonly #counts: Counts;

  constructor(options: VerifyOptions, counts: Counts) {
    this.#options = options;
    this.#disk = options.disk ?? nodeDisk;
    this.#counts = counts;
    if (!isDirectory(this.#disk, options.logs)) {
      throw new Error(`there is no log directory ${options.logs}`);
    }
    if (!isDirectory(this.#disk, options.data)) {
      throw new Error(`there is no data directory ${options.data}`);
    }
    this.history = this.#readHistory(counts);
  }

  #readHistory(counts: Counts): History {
    const { data, acceptedRoots = [] } = this.#options;
    return readHistory({ disk: this.#disk, data, acceptedRoots }, counts);
  }

  async *findings(): AsyncGenerator<Finding> {
    yield* this.history.findings;
    yield* this.#checkAnchors();
    const directories = this.#directories();
    yield* this.#missingDirectories(directories);
    yield* this.#strangers();
    for (const [done, directory] of directories.entries()) {
      yield* await this.#checkDirectory(directory, { done, directories: directories.length });
    }
  }

  #directories(): string[] {
    const { logs } = this.#options;
    return listLogDirectories(this.#disk, logs)
      .map(({ steps }) => steps.join('/'))
      .filter((directory) => this.#isWanted(directory));
  }

  #isWanted(directory: string): boolean {
    const { user, instance } = this.#options;
    if (user === undefined && instance === undefined) return true;
    const [, userStep, instanceStep] = directory.split('/');
    return (
      (user === undefined || userStep === `user_${user}`) &&
      (instance === undefined || instanceStep === `mcp_${instance}`)
    );
  }

  /** Services go on meanwhile: what looks wrong is looked at again when the directory changed. */
  async #checkDirectory(
    directory: string,
    progress: { readonly done: number; readonly directories: number },
  ): Promise<Finding[]> {
    const { logs, signal, isDeep = false, onProgress } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const counts = { ...this.#counts };
      const onBytes = (storedBytes: number) =>
        onProgress?.({ directory, ...progress, storedBytes });
      onBytes(counts.storedBytes);
      const place = { disk: this.#disk, logs, directory, history: this.history, counts };
      const before = stateOf(place);
      const options = { ...place, isDeep, onBytes, ...(signal === undefined ? {} : { signal }) };
      const findings = await checkDirectory(options).catch((error: unknown) => {
        signal?.throwIfAborted();
        return [unreadable(directory, error)];
      });
      if (findings.length > 0 && attempt < ATTEMPTS_MAX) {
        // What was rotated a moment ago is signed within a second.
        const isYoung = attempt === 1 && findings.some(({ kind }) => kind === 'file-unrecorded');
        if (isYoung) await pause(HEADS_LATE_MS, undefined, signal === undefined ? {} : { signal });
        const history = this.#readHistory(noCounts());
        const hasMoved = stateOf({ ...place, history }) !== before;
        if (hasMoved) this.history = history;
        if (hasMoved) continue;
      }
      Object.assign(this.#counts, counts);
      return findings;
    }
  }

  *#missingDirectories(directories: readonly string[]): Generator<Finding> {
    const deleted = new Set(
      this.history.deletions.filter(({ body }) => body.isWhole).map(({ body }) => body.directory),
    );
    const named = new Set(this.history.heads.map(({ directory }) => directory));
    for (const [chain] of this.history.tips.entries()) {
      if (chain.startsWith('manifests ')) named.add(chain.slice('manifests '.length));
    }
    for (const directory of [...named].sort()) {
      if (!this.#isWanted(directory) || directories.includes(directory)) continue;
      if (deleted.has(directory)) this.#counts.deletions++;
      else {
        const message = 'missing as a whole; its deletion was not authorised';
        yield { kind: 'instance-missing', file: directory, message };
      }
    }
  }

  /** What stands between instances' directories. */
  *#strangers(): Generator<Finding> {
    const { logs, user, instance } = this.#options;
    if (user !== undefined || instance !== undefined) return;
    const known = new Set(this.#directories());
    const users = join(logs, 'users');
    for (const userStep of isDirectory(this.#disk, users) ? this.#disk.readdir(users).sort() : []) {
      const file = `users/${userStep}`;
      const isUser = [...known].some((directory) => directory.startsWith(`${file}/`));
      const path = join(users, userStep);
      const members = isDirectory(this.#disk, path) ? this.#disk.readdir(path).sort() : [];
      if (!isUser && (members.length > 0 || !isDirectory(this.#disk, path))) {
        yield { kind: 'file-unknown', file, message: 'nothing of ours has this name' };
        continue;
      }
      for (const member of members) {
        if (known.has(`${file}/${member}`)) continue;
        const message = 'nothing of ours has this name';
        yield { kind: 'file-unknown', file: `${file}/${member}`, message };
      }
    }
  }

  *#checkAnchors(): Generator<Finding> {
    const { logs, anchors = [] } = this.#options;
    const { checkpoints, lastCheckpoint, findings, isLost } = this.history;
    const isDamaged = findings.some(({ kind }) => kind.startsWith('checkpoint'));
    const logged = isLost ? [] : readLoggedAnchors(this.#disk, logs);
    const all = [
      ...anchors.map((anchor) => ({ ...anchor, place: 'kept elsewhere' })),
      ...logged.map((anchor) => ({ ...anchor, place: 'in the audit log' })),
    ];
    for (const { number, hash, place } of all) {
      const found = checkpoints.get(number);
      if (found === hash) continue;
      const last = lastCheckpoint?.number ?? 0;
      if (found === undefined && number <= last && isDamaged) continue;
      const words =
        number > last
          ? `history ends with checkpoint ${last}: it was cut or put back to an older state`
          : 'history has another checkpoint of this number: it was rewritten';
      const message = `checkpoint ${number}:${hash.slice(0, 16)}… (${place}) is missing; ${words}`;
      yield { kind: 'anchor-missing', file: `integrity/*/${CHECKPOINT_FILE}`, message };
      return;
    }
  }
}

/** A link, a file without permission or on a bad disk: the other directories are checked all the same. */
function unreadable(directory: string, error: unknown): Finding {
  const hasCode = error instanceof Error && 'code' in error && typeof error.code === 'string';
  if (!hasCode) throw error;
  return { kind: 'unreadable', file: directory, message: error.message };
}
