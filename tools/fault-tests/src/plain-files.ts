/**
 * Reads a log as an operator with a shell does: the files, `.gz` through gunzip, nothing of our reader
 * and nothing of an index. What FORMAT.md says about order is written here once more.
 */
import { gunzipSync } from 'node:zlib';
import { parseEntry } from '@mcplog/log-entry';

const ROTATED = /^\d{4}-\d{2}-\d{2}(\.\d+)?(\.gz)?$/;
const ASIDE = 'suspect-';

interface PlainFile {
  /** What follows the active file's name and a dot; empty for the active file. */
  readonly name: string;
  readonly lines: readonly string[];
}

/** Paths and bytes of a whole log directory. */
export type Contents = ReadonlyMap<string, Buffer>;

/**
 * The lines of one log in order.
 * @param path of the active file, such as `/logs/system/audit.log`
 */
export function plainLinesOf(contents: Contents, path: string): string[] {
  const files = filesOf(contents, path);
  const isAside = ({ name }: PlainFile) => name.startsWith(ASIDE);
  const kept = files.filter((file) => !isAside(file));
  const ordered = [...files.filter(isAside), ...kept].sort(
    (left, right) => first(left) - first(right),
  );
  return ordered.flatMap((file, at) => {
    if (!isAside(file)) return file.lines;
    const before = kept.filter((other) => first(other) <= first(file)).map(last);
    const next = ordered[at + 1];
    const until = next === undefined ? Number.POSITIVE_INFINITY : first(next);
    return file.lines.filter((line) => seqOf(line) > Math.max(0, ...before) && seqOf(line) < until);
  });
}

/** Those with lines. */
function filesOf(contents: Contents, path: string): PlainFile[] {
  const names = [...contents.keys()]
    .filter((file) => file === path || file.startsWith(`${path}.`))
    .map((file) => file.slice(path.length + 1));
  return names
    .filter((name) => !name.endsWith('.gz') || !names.includes(name.slice(0, -'.gz'.length)))
    .filter((name) => name === '' || name.startsWith(ASIDE) || ROTATED.test(name))
    .map((name) => {
      const bytes = contents.get(name === '' ? path : `${path}.${name}`) as Buffer;
      return { name, lines: entryLines(name.endsWith('.gz') ? gunzipSync(bytes) : bytes) };
    })
    .filter(({ lines }) => lines.length > 0);
}

function first({ lines }: PlainFile): number {
  return seqOf(lines[0]);
}

function last({ lines }: PlainFile): number {
  return seqOf(lines.at(-1));
}

/** Whole lines that are entries; a last line without newline is being written. */
function entryLines(bytes: Buffer): string[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .slice(0, -1)
    .filter((line) => parseEntry(line) !== undefined);
}

function seqOf(line: string | undefined): number {
  return (line === undefined ? undefined : parseEntry(line)?.metadata.seq) ?? 0;
}
