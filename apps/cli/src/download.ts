import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { ApiClient } from './api-client.ts';
import { CliError, EXIT } from './errors.ts';

export interface Download {
  readonly path: string;
  readonly body: unknown;
  /** `-` is stdout; undefined: the name the server gives, in the current folder. */
  readonly output: string | undefined;
  readonly fallbackName: string;
}

const PROGRESS_EVERY_MS = 200;

/**
 * Streams an answer to a file or stdout, with progress on stderr. The file gets its name when it
 * is complete; after a failure or Ctrl-C nothing is left.
 * @throws CliError
 */
export async function download(api: ApiClient, request: Download): Promise<void> {
  const { path, body, output } = request;
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  try {
    const response = await api.open(path, { body, signal: stop.signal });
    if (output === '-') await copyTo(process.stdout, response, stop.signal);
    else await saveAs(targetFile(request, response), response, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) throw new CliError('stopped, nothing was kept', EXIT.interrupted);
    if (error instanceof CliError) throw error;
    throw new CliError(`the export broke off: ${wordsOf(error)}`);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, interrupt);
  }
}

function targetFile({ output, fallbackName }: Download, response: Response): string {
  if (output !== undefined) return resolve(output);
  const header = response.headers.get('content-disposition') ?? '';
  const offered = /filename="([^"]+)"/.exec(header)?.[1] ?? fallbackName;
  // A name from outside must not lead anywhere else.
  const name = basename(offered)
    .replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^\.+/, '');
  const file = resolve(name === '' ? fallbackName : name);
  if (existsSync(file)) throw new CliError(`${file} is there already: choose with --output`);
  return file;
}

async function saveAs(file: string, response: Response, signal: AbortSignal): Promise<void> {
  const draft = join(dirname(file), `.${basename(file)}.${randomBytes(4).toString('hex')}.part`);
  try {
    // Logs are for their owner alone, also on a machine that others use.
    const sink = createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true });
    const bytes = await copyTo(sink, response, signal);
    await rename(draft, file);
    process.stderr.write(`${file}: ${inWords(bytes)}\n`);
  } finally {
    await rm(draft, { force: true });
  }
}

async function copyTo(sink: Writable, response: Response, signal: AbortSignal): Promise<number> {
  if (response.body === null) throw new CliError('the answer is empty');
  const progress = countBytes();
  const source = Readable.fromWeb(response.body as unknown as ReadableStream);
  try {
    await pipeline(source, progress.stream, sink, { signal, end: sink !== process.stdout });
  } finally {
    progress.clear();
  }
  return progress.bytes();
}

function countBytes() {
  let bytes = 0;
  let shownAtMs = performance.now();
  const isShown = process.stderr.isTTY === true;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (isShown && performance.now() - shownAtMs > PROGRESS_EVERY_MS) {
        shownAtMs = performance.now();
        process.stderr.write(`\r${inWords(bytes)} …\u001b[K`);
      }
      done(null, chunk);
    },
  });
  return {
    stream,
    bytes: () => bytes,
    clear: () => isShown && process.stderr.write('\r\u001b[K'),
  };
}

function inWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
}

function wordsOf(error: unknown): string {
  const cause = (error as { cause?: unknown }).cause;
  const { message } = (cause ?? error) as Error;
  return message;
}
