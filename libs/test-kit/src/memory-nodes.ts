/**
 * Files and directories of the disk in memory. Each exists twice: as programs see it (`live`, the
 * page cache) and as a power cut is bound to leave it (`durable`); between them lie the changes
 * that were made and not synced, in order.
 */

/** Bytes that grow at the end without being copied each time. */
export class GrowingBytes {
  #bytes: Buffer;
  #length: number;

  constructor(content: Buffer = Buffer.alloc(0)) {
    this.#bytes = Buffer.from(content);
    this.#length = content.length;
  }

  get length(): number {
    return this.#length;
  }

  /** Valid until the next change. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  write(position: number, data: Uint8Array): void {
    const end = position + data.length;
    if (end > this.#length) this.resize(end);
    this.#bytes.set(data, position);
  }

  /** What is added is zeros. */
  resize(length: number): void {
    if (length > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(length, 2 * this.#bytes.length));
      this.view().copy(grown);
      this.#bytes = grown;
    }
    this.#bytes.fill(0, Math.min(length, this.#length), Math.max(length, this.#length));
    this.#length = length;
  }
}

/** A change of a file's bytes that no sync has confirmed. */
export type DataChange =
  | { readonly kind: 'write'; readonly position: number; readonly data: Buffer }
  | { readonly kind: 'resize'; readonly bytes: number };

export function applyChange(to: GrowingBytes, change: DataChange): void {
  if (change.kind === 'write') to.write(change.position, change.data);
  else to.resize(change.bytes);
}

export class MemoryFile {
  readonly kind = 'file';
  readonly id: number;
  live: GrowingBytes;
  readonly durable: GrowingBytes;
  readonly pending: DataChange[] = [];
  /** How many changes ever left `pending`. */
  #settled = 0;

  constructor(id: number, content: Buffer = Buffer.alloc(0)) {
    this.id = id;
    this.live = new GrowingBytes(content);
    this.durable = new GrowingBytes(content);
  }

  change(change: DataChange): void {
    applyChange(this.live, change);
    this.pending.push(change);
  }

  /** Marks all changes made so far, for {@link settle}. */
  mark(): number {
    return this.#settled + this.pending.length;
  }

  /**
   * The changes up to the mark reach the disk, or are dropped: after a failed sync Linux calls the
   * pages clean, programs go on seeing them, and no later sync writes them.
   */
  settle(mark: number, outcome: 'written' | 'dropped'): void {
    const settled = this.pending.splice(0, Math.max(0, mark - this.#settled));
    this.#settled += settled.length;
    if (outcome === 'dropped') return;
    for (const change of settled) applyChange(this.durable, change);
  }

  /** Programs see from now on what the disk has, where nothing waits to be written. */
  dropCache(): void {
    if (this.pending.length === 0) this.live = new GrowingBytes(this.durable.view());
  }
}

export class MemoryDirectory {
  readonly kind = 'directory';
  readonly id: number;
  readonly live: Map<string, MemoryNode>;
  readonly durable: Map<string, MemoryNode>;

  constructor(id: number, members: ReadonlyMap<string, MemoryNode> = new Map()) {
    this.id = id;
    this.live = new Map(members);
    this.durable = new Map(members);
  }
}

export type MemoryNode = MemoryFile | MemoryDirectory;

/** One member of a directory set, or taken away. */
export interface NameEdit {
  readonly directory: MemoryDirectory;
  readonly name: string;
  readonly node: MemoryNode | undefined;
}

/** A creation, renaming or removal that no sync has confirmed; it survives whole or not at all. */
export type NameChange = readonly NameEdit[];

export function applyEdit(to: Map<string, MemoryNode>, { name, node }: NameEdit): void {
  if (node === undefined) to.delete(name);
  else to.set(name, node);
}

/**
 * Takes out of `pending` what an fsync of the directory makes certain: its own changes and the
 * earlier ones of directories that share a change with it.
 */
export function takeChangesOf(pending: NameChange[], directory: MemoryDirectory): NameChange[] {
  const involved = new Set([directory]);
  const taken: NameChange[] = [];
  for (let at = pending.length - 1; at >= 0; at--) {
    const change = pending[at] as NameChange;
    if (!change.some((edit) => involved.has(edit.directory))) continue;
    for (const edit of change) involved.add(edit.directory);
    taken.unshift(change);
    pending.splice(at, 1);
  }
  return taken;
}
