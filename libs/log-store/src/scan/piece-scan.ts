/** Scans pieces of an open file: few of them here, many of them in the threads of a pool. */
import type { BucketCounter, BucketRange } from '../read/bucket-counter.ts';
import type { LineBatch, Scan } from '../read/line-source.ts';
import { type OpenFile, readFully } from '../read/read-chunks.ts';
import { childGuard, type ScanGuard } from '../read/scan-guard.ts';
import { RowWriter } from '../rows/row-format.ts';
import { inOrder } from './in-order.ts';
import { releaseMemory } from './release-memory.ts';
import type { ScanFigures } from './scan-figures.ts';
import type { ScanPool } from './scan-pool.ts';
import {
  runScanTask,
  type ScanAnswer,
  type ScanPiece,
  type ScanTask,
  type ScanWant,
} from './scan-task.ts';

/** Room for rows, as a multiple of their lines; with more they take more. */
const ROWS_PER_LINES = 1.25;

/** A file whose pieces are scanned. */
export interface PieceFile extends OpenFile {
  readonly pool: ScanPool | undefined;
  readonly figures: ScanFigures;
}

/** A piece's matching lines; broken when it is not what was written. */
export interface PieceBatch extends LineBatch {
  readonly piece: ScanPiece;
  readonly isBroken: boolean;
}

/** One batch for each piece, in the order given. */
export async function* batchesOfPieces(
  file: PieceFile,
  pieces: readonly ScanPiece[],
  scan: Scan,
): AsyncGenerator<PieceBatch> {
  const { guard, stop } = childGuard(scan.guard);
  const aheadMax = file.pool?.width ?? 1;
  const answers = inOrder(pieces, {
    aheadFirst: scan.readsAll === true ? aheadMax : 1,
    aheadMax,
    stop,
    drop: ({ release }: ScanAnswer) => release?.(),
    run: (piece, place) => {
      const form =
        scan.rows === undefined ? { isChecked: scan.readsAll === true } : { rows: scan.rows };
      const task = { ...taskOf(file, scan, 'lines'), ...form, pieces: [piece] };
      const mayWait = scan.readsAll === true || scan.matcher.compiled.isHeavy;
      const isFirst = place < file.sizes.inlinePieces && !mayWait;
      const pool = isFirst ? undefined : file.pool;
      return pool === undefined ? runHere(file, task, scan) : pool.run(task, guard);
    },
  });
  let place = 0;
  for await (const answer of answers) {
    const batch = answer.batches[0] as LineBatch;
    try {
      scan.guard.check();
      note(file.figures, answer, 1);
      const piece = pieces[place++] as ScanPiece;
      yield { ...batch, piece, isBroken: answer.broken.length > 0 };
    } finally {
      answer.release?.();
      releaseMemory(batch.chunk);
    }
  }
}

export interface PieceCount {
  readonly lines: number;
  readonly damaged: number;
  readonly broken: readonly ScanPiece[];
}

export async function countPieces(
  file: PieceFile,
  pieces: readonly ScanPiece[],
  scan: Scan,
): Promise<PieceCount> {
  return addUp(answersOf(file, pieces, { scan, want: 'count' }));
}

/**
 * Counts the pieces' matching lines into the buckets.
 * @param range that of the counter, or some minutes of it.
 */
export async function bucketPieces(
  file: PieceFile,
  pieces: readonly ScanPiece[],
  { scan, range, counter }: { scan: Scan; range: BucketRange; counter: BucketCounter },
): Promise<PieceCount> {
  return addUp(answersOf(file, pieces, { scan, want: range }), counter);
}

async function addUp(
  answers: AsyncIterable<{ answer: ScanAnswer; group: readonly ScanPiece[] }>,
  counter?: BucketCounter,
): Promise<PieceCount> {
  let [lines, damaged] = [0, 0];
  const broken: ScanPiece[] = [];
  for await (const { answer, group } of answers) {
    lines += answer.lines;
    damaged += answer.damaged;
    broken.push(...answer.broken.map((place) => group[place] as ScanPiece));
    if (answer.buckets !== undefined) counter?.addPacked(answer.buckets);
  }
  return { lines, damaged, broken };
}

async function* answersOf(
  file: PieceFile,
  pieces: readonly ScanPiece[],
  { scan, want }: { scan: Scan; want: ScanWant },
): AsyncGenerator<{ answer: ScanAnswer; group: readonly ScanPiece[] }> {
  const bytes = pieces.reduce((total, piece) => total + plainBytesOf(piece), 0);
  const isLong = bytes > file.sizes.inlineBytes || scan.matcher.compiled.isHeavy;
  const pool = isLong ? file.pool : undefined;
  const groups = groupsOf(pieces, pool === undefined ? 0 : file.sizes.taskBytes);
  const { guard, stop } = childGuard(scan.guard);
  const ahead = pool?.width ?? 1;
  const answers = inOrder(groups, {
    aheadFirst: ahead,
    aheadMax: ahead,
    stop,
    run: (group) => {
      const task = { ...taskOf(file, scan, want), pieces: group };
      return pool === undefined ? runHere(file, task, scan) : pool.run(task, guard);
    },
  });
  let place = 0;
  for await (const answer of answers) {
    scan.guard.check();
    const group = groups[place++] ?? [];
    note(file.figures, answer, group.length);
    yield { answer, group };
  }
}

function plainBytesOf(piece: ScanPiece): number {
  return piece.kind === 'block' ? piece.plainBytes : piece.bytes;
}

/** Neighbours together, until they have so many plain bytes. */
function groupsOf(pieces: readonly ScanPiece[], bytesMax: number): ScanPiece[][] {
  const groups: ScanPiece[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const piece of pieces) {
    bytes += plainBytesOf(piece);
    if (bytes > bytesMax) {
      groups.push([]);
      bytes = plainBytesOf(piece);
    }
    groups.at(-1)?.push(piece);
  }
  return groups;
}

function taskOf(file: OpenFile, scan: Scan, want: ScanWant): Omit<ScanTask, 'pieces'> {
  const { after, until, matcher } = scan;
  const { filter, isHeavy } = matcher.compiled;
  return { fd: file.fd, filter, isHeavy, after, until, want };
}

/** On this thread; reading lets others have their turn, so one piece is as much as they wait for. */
async function runHere(
  file: OpenFile,
  task: ScanTask,
  { matcher, guard }: { matcher: Scan['matcher']; guard: ScanGuard },
): Promise<ScanAnswer> {
  const stored = new Map<ScanPiece, Buffer>();
  for (const piece of task.pieces) {
    const buffer = Buffer.allocUnsafeSlow(piece.bytes);
    stored.set(piece, buffer.subarray(0, await readFully(file, buffer, piece.offset)));
  }
  const read = (_: number, piece: ScanPiece) => stored.get(piece) ?? Buffer.alloc(0);
  const [first] = task.pieces;
  const rowWriter = () => new RowWriter(first && ROWS_PER_LINES * plainBytesOf(first));
  return runScanTask(task, { read, guard, rowWriter }, matcher);
}

function note(figures: ScanFigures, { plainBytes, broken }: ScanAnswer, pieces: number): void {
  figures.plainBytes += plainBytes;
  figures.blocksOpened += pieces;
  figures.blocksDamaged += broken.length;
}
