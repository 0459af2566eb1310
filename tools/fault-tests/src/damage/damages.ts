/** Ways to damage a store, each with what verification must name. */
import type { Contents } from '../plain-files.ts';
import { DATA, LOGS } from './signed-store.ts';

export interface Damage {
  readonly name: string;
  /** New bytes by path; `undefined` removes the file. */
  readonly files: ReadonlyMap<string, Buffer | undefined>;
  /** Some finding must name one of these files, as verification calls them. */
  readonly named: readonly string[];
  /** Some finding must name one of these blocks, when there are any. */
  readonly blocks?: readonly number[];
}

export interface Block {
  readonly number: number;
  readonly offset: number;
  readonly bytes: number;
}

const MEMBER_HEADER_BYTES = 52;
const MEMBER_TRAILER_BYTES = 8;
const INDEX_HEADER_BYTES = 256;

/** What verification calls a file. */
export function nameOf(path: string): string {
  return path.startsWith(`${LOGS}/`) ? path.slice(LOGS.length + 1) : path.slice(DATA.length + 1);
}

/**
 * Private keys prove nothing by themselves: what they signed is checked without them. The copies of
 * certificates with the logs are for others; verification goes by those in the data directory.
 */
export function isSwept(path: string): boolean {
  return !/(\/|\/key\.[^/]+)$/.test(path) && !path.startsWith(`${LOGS}/certificates/`);
}

/** The blocks of a sealed file, empty for any other. */
export function blocksOf(path: string, bytes: Buffer): Block[] {
  if (!path.endsWith('.gz')) return [];
  const blocks: Block[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const size = bytes.readUInt32LE(offset + 16);
    blocks.push({ number: blocks.length, offset, bytes: size });
    offset += size;
  }
  return blocks;
}

/** Single bits: every byte of headers and trailers, every so many bytes of the rest. */
export function* flips(contents: Contents, stride: number): Generator<Damage> {
  for (const [path, bytes] of contents) {
    if (!isSwept(path)) continue;
    const blocks = blocksOf(path, bytes);
    for (const at of flipPlaces(path, bytes, { blocks, stride })) {
      const changed = Buffer.from(bytes);
      const bit = (at * 5) % 8;
      changed[at] = (changed[at] as number) ^ (1 << bit);
      const block = blocks.find(({ offset, bytes: size }) => at >= offset && at < offset + size);
      yield {
        name: `bit ${bit} of byte ${at} of ${nameOf(path)}`,
        files: new Map([[path, changed]]),
        named: [nameOf(path)],
        ...(block === undefined ? {} : { blocks: [block.number] }),
      };
    }
  }
}

function flipPlaces(
  path: string,
  bytes: Buffer,
  { blocks, stride }: { readonly blocks: readonly Block[]; readonly stride: number },
): Set<number> {
  const places = new Set<number>();
  for (let at = 0; at < bytes.length; at += stride) places.add(at);
  if (bytes.length > 0) places.add(bytes.length - 1);
  for (const { offset, bytes: size } of blocks) {
    for (let at = 0; at < MEMBER_HEADER_BYTES; at++) places.add(offset + at);
    for (let at = 1; at <= MEMBER_TRAILER_BYTES; at++) places.add(offset + size - at);
  }
  const header = path.endsWith('.idx') ? INDEX_HEADER_BYTES : 0;
  for (let at = 0; at < header; at++) places.add(at);
  return places;
}

/** Cut off at the borders of regions and beside them; removed; made longer. */
export function* cuts(contents: Contents): Generator<Damage> {
  for (const [path, bytes] of contents) {
    if (!isSwept(path) || bytes.length === 0) continue;
    const named = [nameOf(path)];
    const starts = blocksOf(path, bytes).map(({ offset }) => offset);
    const borders = new Set([0, 1, INDEX_HEADER_BYTES, Math.floor(bytes.length / 2)]);
    for (const start of starts) for (const by of [-1, 0, 1, 52]) borders.add(start + by);
    borders.add(bytes.length - 1);
    for (const end of [...borders].filter((border) => border >= 0 && border < bytes.length)) {
      const files = new Map([[path, Buffer.from(bytes.subarray(0, end))]]);
      yield { name: `${nameOf(path)} cut at byte ${end}`, files, named };
    }
    const files = new Map([[path, undefined]]);
    yield { name: `${nameOf(path)} removed`, files, named };
  }
}

/** Blocks exchanged, doubled and left out. */
export function* movedBlocks(contents: Contents): Generator<Damage> {
  for (const [path, bytes] of contents) {
    const blocks = blocksOf(path, bytes);
    const named = [nameOf(path)];
    const made = (what: string, order: readonly Block[], numbers: readonly number[]): Damage => ({
      name: `${nameOf(path)}: ${what}`,
      files: new Map([[path, Buffer.concat(order.map((block) => partOf(bytes, block)))]]),
      named,
      ...(numbers.length === 0 ? {} : { blocks: numbers }),
    });
    for (const [at, block] of blocks.entries()) {
      const { number } = block;
      if (blocks.length > 1) {
        yield made(`block ${number} left out`, blocks.toSpliced(at, 1), [number]);
      }
      yield made(`block ${number} doubled`, blocks.toSpliced(at, 0, block), []);
      for (const other of blocks.slice(at + 1)) {
        const order = blocks.with(at, other).with(other.number, block);
        yield made(`blocks ${number} and ${other.number} exchanged`, order, [number, other.number]);
      }
    }
  }
}

function partOf(bytes: Buffer, { offset, bytes: size }: Block): Buffer {
  return bytes.subarray(offset, offset + size);
}

/** Two files exchanged; one put in place of another; one copied beside itself. */
export function* movedFiles(contents: Contents): Generator<Damage> {
  const files = [...contents].filter(([path]) => isSwept(path));
  for (const [at, [path, bytes]] of files.entries()) {
    for (const [otherPath, otherBytes] of files.slice(at + 1)) {
      if (kindOf(path) !== kindOf(otherPath) || bytes.equals(otherBytes)) continue;
      const named = [nameOf(path), nameOf(otherPath)];
      const name = `${named[0]} and ${named[1]}`;
      yield {
        name: `${name} exchanged`,
        files: new Map([
          [path, otherBytes],
          [otherPath, bytes],
        ]),
        named,
      };
      yield {
        name: `${name}: the first in place of the second`,
        named,
        files: new Map([[otherPath, bytes]]),
      };
    }
    const copy = path.replace(/2025-07-1\d/, '2025-07-19');
    if (copy === path || !path.endsWith('.gz')) continue;
    yield {
      name: `${nameOf(path)} copied to ${nameOf(copy)}`,
      files: new Map([[copy, bytes]]),
      named: [nameOf(copy)],
    };
  }
}

function kindOf(path: string): string {
  return path.slice(path.lastIndexOf('.'));
}
