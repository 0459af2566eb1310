/** What a folder looked like after each single step of the file system, as a kill would leave it. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';

/** Content by path relative to the folder. */
export type FolderState = ReadonlyMap<string, Buffer>;

export interface FileRecorder {
  /** Ends the recording. */
  stop(): void;
}

/**
 * Calls `onState` after each step that changed something in the folder. A write of several bytes is
 * two steps, because a kill may come in the middle of it. Everything this process does to files is
 * recorded: what node:fs does synchronously.
 */
export function recordFiles(dir: string, onState: (state: FolderState) => void): FileRecorder {
  const { openSync, renameSync, rmSync, unlinkSync, ftruncateSync } = fs;
  const original = {
    ...{ openSync, renameSync, rmSync, unlinkSync, ftruncateSync },
    writeSync: fs.writeSync,
    writevSync: fs.writevSync,
    writeFileSync: fs.writeFileSync,
  };
  let last: FolderState = new Map();
  let isLooking = false;
  const look = () => {
    if (isLooking) return;
    isLooking = true;
    const state = readFolder(dir, last);
    isLooking = false;
    if (state === last) return;
    last = state;
    onState(state);
  };
  const after = <A extends unknown[], R>(work: (...args: A) => R) => {
    return (...args: A): R => {
      const result = work(...args);
      look();
      return result;
    };
  };
  const writeSync = (fd: number, bytes: Buffer, ...place: (number | undefined)[]): number => {
    const [from = 0, length = bytes.length - from, position] = place;
    const half = Math.floor(length / 2);
    const first = original.writeSync(fd, bytes, from, half, position);
    look();
    const next = position === undefined ? undefined : position + first;
    const second = original.writeSync(fd, bytes, from + first, length - first, next);
    look();
    return first + second;
  };
  const writevSync = (fd: number, pieces: readonly Buffer[]): number =>
    pieces.reduce((done, piece) => done + writeSync(fd, piece), 0);
  const writeFileSync = (path: string, text: string, options?: fs.WriteFileOptions): void => {
    original.writeFileSync(path, text.slice(0, text.length / 2), options);
    look();
    original.writeFileSync(path, text, options);
    look();
  };
  Object.assign(fs, {
    writeSync,
    writevSync,
    writeFileSync,
    openSync: after(openSync),
    renameSync: after(renameSync),
    rmSync: after(rmSync),
    unlinkSync: after(unlinkSync),
    ftruncateSync: after(ftruncateSync),
  });
  syncBuiltinESMExports();
  return {
    stop: () => {
      Object.assign(fs, original);
      syncBuiltinESMExports();
    },
  };
}

/** Puts files there as they were. */
export function restoreFolder(dir: string, state: FolderState): void {
  for (const [path, content] of state) {
    fs.mkdirSync(dirname(join(dir, path)), { recursive: true });
    fs.writeFileSync(join(dir, path), content);
  }
}

/** The last state itself when nothing is different. */
function readFolder(dir: string, last: FolderState): FolderState {
  const state = new Map<string, Buffer>();
  let isSame = true;
  for (const entry of fs.readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(dir.length + 1);
    const content = fs.readFileSync(path);
    const before = last.get(name);
    const isKnown = before?.equals(content) ?? false;
    state.set(name, isKnown ? (before as Buffer) : content);
    isSame &&= isKnown;
  }
  return isSame && state.size === last.size ? last : state;
}
