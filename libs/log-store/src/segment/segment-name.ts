/** What rotated and sealed files are called, and in which order they stand; see FORMAT.md. */

/** Where indexes lie, below the directory of their segments. */
export const INDEX_DIRECTORY = '.index';

/** One rotated file of a log, plain or sealed. */
export interface SegmentName {
  /** The log without `.log`: `app`, `security`. */
  readonly log: string;
  /** UTC day, `2025-07-13`. */
  readonly day: string;
  /** 0 for the first file of the day, whose name has no number. */
  readonly number: number;
  /**
   * Only of a file that was set aside: what follows `suspect-` in its name. Its day is that of the
   * name; where it stands among the others only its seqs tell.
   */
  readonly suspect?: string;
}

const LOG = '([a-z0-9]+)';
const DAY = String.raw`(\d{4}-\d{2}-\d{2})`;
const NUMBER = String.raw`(?:\.([1-9]\d{0,8}))?`;
const TIME = String.raw`((\d{4})(\d{2})(\d{2})T\d{9}Z(?:-\d{1,9})?)`;
const KIND = '(\\.gz|\\.idx)?';
const NAMED = new RegExp(`^${LOG}\\.log\\.${DAY}${NUMBER}${KIND}$`);
const SUSPECT = new RegExp(`^${LOG}\\.log\\.suspect-${TIME}${KIND}$`);

export type SegmentFileKind = 'plain' | 'sealed' | 'index';

export interface SegmentFile {
  readonly name: SegmentName;
  readonly kind: SegmentFileKind;
}

/** @returns `undefined` for a file that is none of a segment, such as an active one. */
export function parseSegmentFile(file: string): SegmentFile | undefined {
  const named = NAMED.exec(file);
  if (named !== null) {
    const [, log = '', day = '', number = '0', kind] = named;
    return { name: { log, day, number: Number(number) }, kind: kindOf(kind) };
  }
  const aside = SUSPECT.exec(file);
  if (aside === null) return undefined;
  const [, log = '', suspect = '', year, month, date, kind] = aside;
  const day = `${year}-${month}-${date}`;
  return { name: { log, day, number: 0, suspect }, kind: kindOf(kind) };
}

function kindOf(ending: string | undefined): SegmentFileKind {
  return ending === '.gz' ? 'sealed' : ending === '.idx' ? 'index' : 'plain';
}

/** The segment a file belongs to, whether it is its plain, its sealed or its index file. */
export function parseSegmentName(file: string): SegmentName | undefined {
  return parseSegmentFile(file)?.name;
}

/** The rotated file, `app.log.2025-07-13.1`. */
export function plainFileOf({ log, day, number, suspect }: SegmentName): string {
  if (suspect !== undefined) return `${log}.log.suspect-${suspect}`;
  return number === 0 ? `${log}.log.${day}` : `${log}.log.${day}.${number}`;
}

/** The sealed file, `app.log.2025-07-13.1.gz`. */
export function sealedFileOf(name: SegmentName): string {
  return `${plainFileOf(name)}.gz`;
}

/** The index, `app.log.2025-07-13.1.idx`, in {@link INDEX_DIRECTORY}. */
export function indexFileOf(name: SegmentName): string {
  return `${plainFileOf(name)}.idx`;
}

/** Orders the segments of one log: by day and number; those set aside follow their day's others. */
export function compareSegmentNames(left: SegmentName, right: SegmentName): number {
  if (left.day !== right.day) return left.day < right.day ? -1 : 1;
  const [asideLeft, asideRight] = [left.suspect ?? '', right.suspect ?? ''];
  if (asideLeft !== asideRight) return asideLeft < asideRight ? -1 : 1;
  return left.number - right.number;
}
