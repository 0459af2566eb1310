/**
 * A disk in memory for tests of whatever writes files: it tells apart what programs see from what
 * a power cut leaves, and fails as it is told.
 *
 * What is stricter than ext4: a sync of a file says nothing about its name, and one of a directory
 * nothing about its parents. What is kinder: a failed fsync of a directory loses nothing, because
 * a file system whose journal fails stops as a whole. Links, modes and times are not modelled.
 */
import { constants } from 'node:fs';
import type { Disk, FileStat } from '@mcplog/log-store/reader';
import { type FaultPlan, Faults, type Operation, systemError } from './memory-faults.ts';
import {
  applyEdit,
  MemoryDirectory,
  MemoryFile,
  type MemoryNode,
  type NameChange,
  type NameEdit,
  takeChangesOf,
} from './memory-nodes.ts';
import { type Survival, survivorOf } from './memory-survival.ts';

/** Turns of the event loop's microtasks that a sync takes: others get theirs meanwhile. */
const SYNC_TURNS = 3;

interface Handle {
  readonly node: MemoryNode;
  readonly path: string;
  readonly flags: number;
}

interface Place {
  readonly directory: MemoryDirectory;
  readonly name: string;
  readonly node: MemoryNode | undefined;
}

export class MemoryDisk implements Disk {
  readonly #root: MemoryDirectory;
  readonly #faults: Faults;
  readonly #handles = new Map<number, Handle>();
  readonly #names: NameChange[] = [];
  #lastFd = 2;
  #lastId: number;

  constructor(plan: FaultPlan = {}, state = { root: new MemoryDirectory(1), lastId: 1 }) {
    this.#faults = new Faults(plan);
    this.#root = state.root;
    this.#lastId = state.lastId;
  }

  /** The calls so far that changed something, in order. */
  get operations(): readonly Operation[] {
    return this.#faults.operations;
  }

  /** True once the planned power cut has come. */
  get isOff(): boolean {
    return this.#faults.isOff;
  }

  /** Descriptors that were given out and not closed. */
  get openFiles(): number {
    return this.#handles.size;
  }

  /** What the next start finds after a power cut now; this disk stays as it is. */
  afterPowerCut(survival: Survival, plan: FaultPlan = {}): MemoryDisk {
    const root = survivorOf({ root: this.#root, names: this.#names }, survival);
    return new MemoryDisk(plan, { root, lastId: this.#lastId });
  }

  /** Ends the plan's faults: space is freed, the cable sits again. */
  liftFaults(): void {
    this.#faults.lift();
  }

  /** Forgets clean pages, so that what a failed sync has lost is seen. */
  dropCaches(): void {
    for (const node of this.#nodes().values()) if (node.kind === 'file') node.dropCache();
  }

  /** Every file with its bytes as programs see them; directories end in a slash. */
  contents(): Map<string, Buffer> {
    const files = new Map<string, Buffer>();
    for (const [path, node] of this.#nodes()) {
      if (node.kind === 'file') files.set(path, Buffer.from(node.live.view()));
      else files.set(`${path}/`, Buffer.alloc(0));
    }
    return files;
  }

  /** Puts bytes in place of a file's, made certain at once and not counted: damage by others. */
  damage(path: string, content: Buffer | undefined): void {
    const { directory, name, node } = this.#find(path, 'write');
    const changed = content && new MemoryFile(node?.id ?? ++this.#lastId, content);
    for (const members of [directory.live, directory.durable]) {
      applyEdit(members, { directory, name, node: changed });
    }
  }

  open(path: string, flags: number, _mode?: number): number {
    const place = this.#find(path, 'open');
    if (place.node === undefined && (flags & constants.O_CREAT) !== 0) {
      const node = new MemoryFile(++this.#lastId);
      this.#faults.change({ call: 'create', path }, () => this.#rename([{ ...place, node }]));
      return this.#handle(node, path, flags);
    }
    this.#faults.look('open', path);
    const { node } = place;
    const fail = (code: string) => systemError(code, { call: 'open', path });
    if (node === undefined) throw fail('ENOENT');
    const exclusive = constants.O_CREAT | constants.O_EXCL;
    if ((flags & exclusive) === exclusive) throw fail('EEXIST');
    if ((flags & constants.O_DIRECTORY) !== 0 && node.kind === 'file') throw fail('ENOTDIR');
    if (isWriting(flags) && node.kind === 'directory') throw fail('EISDIR');
    if (node.kind === 'file' && (flags & constants.O_TRUNC) !== 0) this.#resize(node, path, 0);
    return this.#handle(node, path, flags);
  }

  close(fd: number): void {
    const { path } = this.#opened(fd, 'close');
    this.#handles.delete(fd);
    this.#faults.look('close', path);
  }

  write(fd: number, data: Uint8Array, position: number): number {
    const { node, path, flags } = this.#opened(fd, 'write');
    if (node.kind === 'directory' || !isWriting(flags)) {
      throw systemError('EBADF', { call: 'write', path });
    }
    return this.#faults.change({ call: 'write', path }, () => {
      // As on Linux: with O_APPEND the position is not looked at.
      const at = (flags & constants.O_APPEND) === 0 ? position : node.live.length;
      const before = node.live.length;
      const growth = Math.max(0, at + data.length - Math.max(before, at));
      const bytes = this.#faults.admit(data.length, growth, path);
      if (bytes === 0) return 0;
      node.change({ kind: 'write', position: at, data: Buffer.from(data.subarray(0, bytes)) });
      this.#faults.use(node.live.length - before);
      return bytes;
    });
  }

  read(fd: number, into: Uint8Array, position: number): number {
    const { node, path, flags } = this.#opened(fd, 'read');
    this.#faults.look('read', path);
    if ((flags & constants.O_WRONLY) !== 0) throw systemError('EBADF', { call: 'read', path });
    if (node.kind === 'directory') throw systemError('EISDIR', { call: 'read', path });
    const part = node.live.view().subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }

  async readLater(fd: number, into: Uint8Array, position: number): Promise<number> {
    return this.read(fd, into, position);
  }

  truncate(fd: number, bytes: number): void {
    const { node, path, flags } = this.#opened(fd, 'truncate');
    if (node.kind === 'directory' || !isWriting(flags)) {
      throw systemError('EINVAL', { call: 'truncate', path });
    }
    this.#resize(node, path, bytes);
  }

  stat(fd: number): FileStat {
    const { node, path } = this.#opened(fd, 'stat');
    this.#faults.look('stat', path);
    return describe(node);
  }

  lstat(path: string): FileStat | undefined {
    this.#faults.look('stat', path);
    let place: Place;
    try {
      place = this.#find(path, 'stat');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    return place.node && describe(place.node);
  }

  fdatasync(fd: number): Promise<void> {
    return this.#sync(fd, 'fdatasync');
  }

  fsync(fd: number): Promise<void> {
    return this.#sync(fd, 'fsync');
  }

  fsyncNow(fd: number): void {
    const { node, path } = this.#opened(fd, 'fsync');
    const mark = markOf(node, this.#names);
    const settle = (outcome: 'written' | 'dropped') => this.#settle(node, mark, outcome);
    this.#faults.change(
      { call: 'fsync', path },
      () => {
        if (!this.#faults.isSkipped('fsync', path)) settle('written');
      },
      () => settle('dropped'),
    );
  }

  rename(from: string, to: string): void {
    const source = this.#find(from, 'rename');
    const target = this.#find(to, 'rename');
    this.#faults.change({ call: 'rename', path: from }, () => {
      const { node } = source;
      const fail = (code: string) => systemError(code, { call: 'rename', path: from });
      if (node === undefined) throw fail('ENOENT');
      if (to.startsWith(`${from}/`)) throw fail('EINVAL');
      if (target.node === node) return;
      if (target.node?.kind === 'directory') {
        // As on Linux: what is on the way to the source is not empty, whatever the source is.
        if (from.startsWith(`${to}/`)) throw fail('ENOTEMPTY');
        if (node.kind === 'file') throw fail('EISDIR');
        if (target.node.live.size > 0) throw fail('ENOTEMPTY');
      } else if (target.node !== undefined && node.kind === 'directory') throw fail('ENOTDIR');
      this.#free(target.node);
      this.#rename([
        { ...source, node: undefined },
        { ...target, node },
      ]);
    });
  }

  unlink(path: string): void {
    const place = this.#find(path, 'unlink');
    this.#faults.change({ call: 'unlink', path }, () => {
      if (place.node === undefined) throw systemError('ENOENT', { call: 'unlink', path });
      if (place.node.kind === 'directory') throw systemError('EISDIR', { call: 'unlink', path });
      this.#free(place.node);
      this.#rename([{ ...place, node: undefined }]);
    });
  }

  rmdir(path: string): void {
    const place = this.#find(path, 'rmdir');
    this.#faults.change({ call: 'rmdir', path }, () => {
      if (place.node === undefined) throw systemError('ENOENT', { call: 'rmdir', path });
      if (place.node.kind === 'file') throw systemError('ENOTDIR', { call: 'rmdir', path });
      if (place.node.live.size > 0) throw systemError('ENOTEMPTY', { call: 'rmdir', path });
      this.#rename([{ ...place, node: undefined }]);
    });
  }

  mkdir(path: string, _mode: number): void {
    const place = this.#find(path, 'mkdir');
    this.#faults.change({ call: 'mkdir', path }, () => {
      if (place.node !== undefined) throw systemError('EEXIST', { call: 'mkdir', path });
      this.#rename([{ ...place, node: new MemoryDirectory(++this.#lastId) }]);
    });
  }

  /** In an order that has nothing to do with names or age, as directories are. */
  readdir(path: string): string[] {
    this.#faults.look('readdir', path);
    const { node } = this.#find(path, 'readdir');
    if (node === undefined) throw systemError('ENOENT', { call: 'readdir', path });
    if (node.kind === 'file') throw systemError('ENOTDIR', { call: 'readdir', path });
    return [...node.live.keys()].sort((left, right) => hash(left) - hash(right));
  }

  async #sync(fd: number, call: 'fdatasync' | 'fsync'): Promise<void> {
    const { node, path } = this.#opened(fd, call);
    const mark = markOf(node, this.#names);
    const onFailure = () => this.#settle(node, mark, 'dropped');
    this.#faults.change({ call, path }, () => undefined, onFailure);
    const isSkipped = this.#faults.isSkipped(call, path);
    for (let turn = 0; turn < SYNC_TURNS; turn++) await undefined;
    this.#faults.change({ call: 'sync done', path }, () => {
      if (!isSkipped) this.#settle(node, mark, 'written');
    });
  }

  /** What a sync found at its beginning is certain at its end; what came meanwhile is not. */
  #settle(node: MemoryNode, mark: SyncMark, outcome: 'written' | 'dropped'): void {
    if (node.kind === 'file') {
      node.settle(mark.data, outcome);
      return;
    }
    if (outcome === 'dropped') return;
    const early = this.#names.filter((change) => mark.names.has(change));
    const late = this.#names.filter((change) => !mark.names.has(change));
    for (const change of takeChangesOf(early, node)) {
      for (const edit of change) applyEdit(edit.directory.durable, edit);
    }
    this.#names.splice(0, this.#names.length, ...early, ...late);
  }

  #resize(file: MemoryFile, path: string, bytes: number): void {
    this.#faults.change({ call: 'truncate', path }, () => {
      this.#faults.use(bytes - file.live.length);
      file.change({ kind: 'resize', bytes });
    });
  }

  #rename(edits: readonly NameEdit[]): void {
    for (const edit of edits) applyEdit(edit.directory.live, edit);
    this.#names.push(edits.map(({ directory, name, node }) => ({ directory, name, node })));
  }

  #free(node: MemoryNode | undefined): void {
    if (node?.kind === 'file') this.#faults.use(-node.live.length);
  }

  #handle(node: MemoryNode, path: string, flags: number): number {
    this.#handles.set(++this.#lastFd, { node, path, flags });
    return this.#lastFd;
  }

  #opened(fd: number, call: Operation['call']): Handle {
    const handle = this.#handles.get(fd);
    if (handle === undefined) throw systemError('EBADF', { call, path: `descriptor ${fd}` });
    return handle;
  }

  #find(path: string, call: Operation['call']): Place {
    const steps = path.split('/').filter((step) => step !== '');
    const name = steps.pop();
    let directory = this.#root;
    if (name === undefined) return { directory, name: '', node: directory };
    for (const step of steps) {
      const next = directory.live.get(step);
      if (next === undefined) throw systemError('ENOENT', { call, path });
      if (next.kind === 'file') throw systemError('ENOTDIR', { call, path });
      directory = next;
    }
    return { directory, name, node: directory.live.get(name) };
  }

  #nodes(): Map<string, MemoryNode> {
    const nodes = new Map<string, MemoryNode>();
    const visit = (directory: MemoryDirectory, path: string) => {
      for (const [name, node] of [...directory.live].sort()) {
        nodes.set(`${path}/${name}`, node);
        if (node.kind === 'directory') visit(node, `${path}/${name}`);
      }
    };
    visit(this.#root, '');
    return nodes;
  }
}

interface SyncMark {
  readonly data: number;
  readonly names: ReadonlySet<NameChange>;
}

function markOf(node: MemoryNode, names: readonly NameChange[]): SyncMark {
  return node.kind === 'file'
    ? { data: node.mark(), names: new Set() }
    : { data: 0, names: new Set(names) };
}

function isWriting(flags: number): boolean {
  return (flags & (constants.O_WRONLY | constants.O_RDWR)) !== 0;
}

function describe(node: MemoryNode): FileStat {
  const bytes = node.kind === 'file' ? node.live.length : 4096;
  return { kind: node.kind, bytes, identity: `memory:${node.id}` };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const letter of text) value = Math.imul(value ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return value;
}
