import { createHash } from 'node:crypto';
import { PassThrough, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

const NEWLINE = 0x0a;

/** What the manifest says of the export besides its hashes. */
export interface ArchiveInfo {
  readonly instanceId: string;
  readonly userId: string;
  readonly service: string;
  readonly filters: Readonly<Record<string, unknown>>;
  readonly exportedAt: Date;
}

/** What is known of the lines when the last one was read. */
export interface ArchiveEnd {
  /** Lines that could not be read as they were written, and so are not in the export. */
  readonly damagedLines: number;
}

export interface ArchiveOptions {
  readonly info: ArchiveInfo;
  /** Asked when the last line was read. */
  readonly endOf: () => ArchiveEnd;
  /** The JSON text of the proof that these entries were sealed, or of why one is not. */
  readonly prove: (seqs: readonly number[]) => AsyncIterable<string>;
}

/** Of more entries, the first ones are proven; the manifest says how many. */
const PROVEN_MAX = 200_000;
const SEQ_KEY = '"metadata":{"seq":';
const SEQ_DIGITS_MAX = 16;
/**
 * A zip, streamed while it is made: `logs.jsonl`, `proof.json`, and `manifest.json` with sizes,
 * entry count and SHA-256s. The reader of the returned stream sets the pace.
 */
export function createArchive(lines: AsyncIterable<Buffer>, options: ArchiveOptions): Readable {
  const zip = new ZipFile();
  const out = new PassThrough();
  const fail = (error: Error) => out.destroy(error);
  zip.on('error', fail);
  zip.outputStream.pipe(out);
  fillArchive(zip, lines, options).then(() => zip.end(), fail);
  return out;
}

async function fillArchive(
  zip: ZipFile,
  lines: AsyncIterable<Buffer>,
  { info, prove, endOf }: ArchiveOptions,
): Promise<void> {
  const mtime = info.exportedAt;
  const entries = new EntryCounter();
  const add = async (name: string, content: AsyncIterable<Buffer | string>) => {
    const { through, summary } = hashingStream();
    zip.addReadStream(through, name, { mtime });
    await pipeline(Readable.from(content, { objectMode: false }), through);
    return summary();
  };
  const logs = await add('logs.jsonl', entries.watch(lines));
  const proof = await add('proof.json', prove(entries.seqs));
  const files = {
    'logs.jsonl': { bytes: logs.bytes, entries: entries.count, sha256: logs.sha256 },
    'proof.json': { ...proof, entries: entries.seqs.length },
  };
  const manifest = JSON.stringify({ ...info, ...endOf(), files }, null, 2);
  zip.addBuffer(Buffer.from(`${manifest}\n`), 'manifest.json', { mtime });
}

/** Counts lines on their way and remembers the seqs of the first ones. */
class EntryCounter {
  readonly seqs: number[] = [];
  count = 0;
  #rest = Buffer.alloc(0);

  async *watch(lines: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of lines) {
      this.#take(chunk);
      yield chunk;
    }
  }

  #take(chunk: Buffer): void {
    const text = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = text.indexOf(NEWLINE); end >= 0; end = text.indexOf(NEWLINE, start)) {
      this.count++;
      if (this.seqs.length < PROVEN_MAX) this.#note(text.subarray(start, end));
      start = end + 1;
    }
    this.#rest = Buffer.from(text.subarray(start));
  }

  #note(line: Buffer): void {
    const at = line.indexOf(SEQ_KEY);
    if (at < 0) return;
    const from = at + SEQ_KEY.length;
    const seq = Number.parseInt(line.toString('latin1', from, from + SEQ_DIGITS_MAX), 10);
    if (Number.isSafeInteger(seq)) this.seqs.push(seq);
  }
}

interface FileSummary {
  readonly bytes: number;
  readonly sha256: string;
}

function hashingStream(): { through: Transform; summary: () => FileSummary } {
  const hash = createHash('sha256');
  let bytes = 0;
  const through = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return { through, summary: () => ({ bytes, sha256: hash.digest('hex') }) };
}
