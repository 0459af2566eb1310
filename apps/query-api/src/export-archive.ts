import { createHash } from 'node:crypto';
import { PassThrough, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

/** What the manifest says of the export besides its hashes. */
export interface ArchiveInfo {
  readonly instanceId: string;
  readonly userId: string;
  readonly service: string;
  readonly filters: Readonly<Record<string, unknown>>;
  readonly exportedAt: Date;
}

/**
 * A zip, streamed while it is made: `logs.jsonl` and `manifest.json` with its size, entry count
 * and SHA-256. The reader of the returned stream sets the pace.
 */
export function createArchive(lines: AsyncIterable<Buffer>, info: ArchiveInfo): Readable {
  const zip = new ZipFile();
  const out = new PassThrough();
  const { through, summary } = countingStream();
  const fail = (error: Error) => out.destroy(error);
  zip.on('error', fail);
  zip.addReadStream(through, 'logs.jsonl', { mtime: info.exportedAt });
  pipeline(Readable.from(lines, { objectMode: false }), through).then(() => {
    const manifest = JSON.stringify({ ...info, files: { 'logs.jsonl': summary() } }, null, 2);
    zip.addBuffer(Buffer.from(`${manifest}\n`), 'manifest.json', { mtime: info.exportedAt });
    zip.end();
  }, fail);
  zip.outputStream.pipe(out);
  return out;
}

interface FileSummary {
  readonly bytes: number;
  readonly entries: number;
  readonly sha256: string;
}

function countingStream(): { through: Transform; summary: () => FileSummary } {
  const hash = createHash('sha256');
  let bytes = 0;
  let entries = 0;
  const through = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      bytes += chunk.length;
      for (const byte of chunk) if (byte === 0x0a) entries++;
      done(null, chunk);
    },
  });
  return { through, summary: () => ({ bytes, entries, sha256: hash.digest('hex') }) };
}
