/**
 * Reads a log as an operator with a shell does: the files by name, `.gz` through gunzip, nothing of
 * our reader and nothing of an index. What FORMAT.md says about order is written here once more.
 */
import { gunzipSync } from 'node:zlib';
import { parseEntry } from '@mcplog/log-entry';

const ROTATED = /^(\d{4}-\d{2}-\d{2})(?:\.(\d+))?(\.gz)?$/;

interface PlainFile {
  readonly name: string;
  readonly lines: readonly string[];
  /** Sorts rotated files: day, number. */
  readonly place: readonly [string, number] | undefined;
}

/** Paths and bytes of a whole log directory. */
export type Contents = ReadonlyMap<string, Buffer>;

/**
 * The lines of one log in order.
 * @param path of the active file, such as `/logs/system/audit.log`
 */
export function plainLinesOf(contents: Contents, path: string): string[] {
  const files = filesOf(contents, path);
  const kept: string[] = [];
  files.forEach((file, at) => {
    const next = files.slice(at + 1).find(({ lines }) => lines.length > 0);
    const isSuspect = file.name.startsWith('suspect-');
    const limit = isSuspect && next !== undefined ? seqOf(next.lines[0]) : Number.MAX_SAFE_INTEGER;
    kept.push(...file.lines.filter((line) => seqOf(line) < limit));
  });
  return kept;
}

function filesOf(contents: Contents, path: string): PlainFile[] {
  const names = [...contents.keys()]
    .filter((file) => file.startsWith(`${path}.`))
    .map((file) => file.slice(path.length + 1));
  const rotated = names
    .filter((name) => !name.endsWith('.gz') || !names.includes(name.slice(0, -'.gz'.length)))
    .flatMap((name): PlainFile[] => {
      const match = ROTATED.exec(name);
      if (match === null) return [];
      const bytes = contents.get(`${path}.${name}`) as Buffer;
      const plain = match[3] === undefined ? bytes : gunzipSync(bytes);
      return [{ name, lines: entryLines(plain), place: [match[1] ?? '', Number(match[2] ?? 0)] }];
    })
    .sort(byPlace);
  const suspects = names
    .filter((name) => name.startsWith('suspect-'))
    .sort()
    .map((name) => {
      const bytes = contents.get(`${path}.${name}`) as Buffer;
      return { name, lines: entryLines(bytes), place: undefined };
    });
  const active = { name: '', lines: entryLines(contents.get(path) ?? Buffer.alloc(0)) };
  return placeSuspects([...rotated, { ...active, place: undefined }], suspects);
}

function byPlace(left: PlainFile, right: PlainFile): number {
  const [leftDay, leftNumber] = left.place ?? ['', 0];
  const [rightDay, rightNumber] = right.place ?? ['', 0];
  return leftDay === rightDay ? leftNumber - rightNumber : leftDay < rightDay ? -1 : 1;
}

/** Each goes before the first file that starts at its first seq or later. */
function placeSuspects(ordered: PlainFile[], suspects: readonly PlainFile[]): PlainFile[] {
  for (const suspect of suspects) {
    if (suspect.lines.length === 0) continue;
    const first = seqOf(suspect.lines[0]);
    const isLater = ({ lines, name }: PlainFile) =>
      lines.length > 0 && (seqOf(lines[0]) > first || (seqOf(lines[0]) === first && name === ''));
    const at = ordered.findIndex(isLater);
    ordered.splice(at < 0 ? ordered.length : at, 0, suspect);
  }
  return ordered;
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
