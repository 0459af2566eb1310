/** What the writer's door offers. */

import type { Disk } from '../disk/disk.ts';
import type { InstanceIds, LogTarget } from '../disk/path.ts';
import type { SegmentName } from '../segment/segment-name.ts';
import type { AppendedRange } from './active-file.ts';
import type { Head } from './file-heads.ts';
import type { Finding } from './finding.ts';

export interface LogWriterOptions {
  /** The log directory; made when missing. */
  readonly root: string;
  readonly disk?: Disk;
  /**
   * Files kept open. Files with lines that are not committed stay open beyond it until the next
   * commit.
   */
  readonly filesMax?: number;
  readonly onFinding: (finding: Finding) => void;
  /** Milliseconds since 1970, for names in the quarantine. */
  readonly now?: () => number;
  /** Bytes of an active file from which {@link LogWriterOptions.onFull} is told; absent: never. */
  readonly fullBytes?: number;
  /** Told once for each file that has grown to `fullBytes`, within the append that did it. */
  readonly onFull?: (target: LogTarget) => void;
  /** True when {@link LogWriter.takeHeads} will be called; hashing costs what it costs. */
  readonly keepHeads?: boolean;
}

/** A target none of whose lines after `lastSeq` may be acknowledged. */
export interface CommitFailure {
  readonly target: LogTarget;
  readonly error: Error;
  /** The last seq that is certain to be on disk. */
  readonly lastSeq: number;
}

/** An active file that got another name. */
export interface RotatedFile {
  readonly target: LogTarget;
  readonly name: SegmentName;
  readonly path: string;
  readonly bytes: number;
  readonly lastSeq: number;
}

/** What an active file looks like from outside. */
export interface ActiveLook {
  readonly bytes: number;
  /** Of the first line, milliseconds since 1970; absent when no line near the start says one. */
  readonly firstMs?: number;
}

/**
 * Appends to many log files and makes the appends durable together.
 *
 * After any error a target takes nothing until `resume(target)`: the caller first makes sure that
 * everything after `lastSeq(target)` will be handed over again, in order, because lines appended
 * before those would make them look like repetitions.
 */
export interface LogWriter {
  /** The absolute path of the target's file. @throws UnsafePathError for bad ids. */
  fileOf(target: LogTarget): string;
  /**
   * Appends whole lines; readers see them at once, durable they are after `commit`.
   * @throws DiskFullError, DiskError, TargetBlockedError, OutOfOrderError, UnsafePathError
   */
  append(target: LogTarget, lines: Buffer, range: AppendedRange): void;
  /**
   * The last seq in the target's file, and while that is empty in the newest rotated or sealed one;
   * 0 for none. What is not above it is there already.
   */
  lastSeq(target: LogTarget): number;
  /**
   * Syncs every file appended to since the last commit, in parallel, and new directory entries.
   * Never rejects; resolves to the targets that failed, whose files have been set aside.
   */
  commit(): Promise<readonly CommitFailure[]>;
  /** Lets a target that failed take lines again. @throws DiskError when it still cannot. */
  resume(target: LogTarget): void;
  /**
   * Makes an instance's directory and its three empty files, durably.
   * @throws TargetBlockedError when the disk did not confirm them; `resume` and try again.
   */
  createInstance(ids: InstanceIds): Promise<void>;
  /**
   * Commits the target's file, gives it the name of a rotated one and begins an empty one. Appends
   * may go on meanwhile: each line is in one of the two, whole. Resolves to `undefined` when there
   * was nothing to rotate.
   * @throws DiskError when the file could not be renamed (it stays the active one) or the disk did
   *   not confirm the new name (the file stays rotated; nothing is begun until the disk confirms)
   * @throws TargetBlockedError for a target that waits for `resume`
   */
  rotate(target: LogTarget): Promise<RotatedFile | undefined>;
  /** The active file as it lies there, not opened for writing; `undefined` when missing or empty. */
  look(target: LogTarget): ActiveLook | undefined;
  /** Commits and lets go of files that somebody else will write from now on. */
  release(isTheirs: (target: LogTarget) => boolean): Promise<void>;
  /** What active files have become and was synced since the last call; needs `keepHeads`. */
  takeHeads(): Head[];
  /** Commits and closes every file. */
  close(): Promise<readonly CommitFailure[]>;
}
