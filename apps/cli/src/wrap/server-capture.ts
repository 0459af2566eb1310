import {
  type CaptureSession,
  type Clock,
  createCaptureSession,
  systemClock,
} from '@mcplog/capture';
import { createMasker } from '@mcplog/masking';
import { toSpoolLine } from './entry-text.ts';
import { nameOfServer } from './server-name.ts';
import { findServerSecrets } from './server-secrets.ts';
import { type FeedMessage, type Moment, now, type WrapJob } from './wrap-messages.ts';

/** An entry of ours that says that a run is over. */
export const ENDED_EVENT = 'wrap_ended';

const WORD_CHARS_MAX = 1_000;
/** Words of a command that are told; the header of a spool has to hold them. */
const COMMAND_CHARS_MAX = 2_000;

type Chunk = Extract<FeedMessage, { kind: 'chunk' }>;

/** From the bytes of one server to masked entries. */
export class ServerCapture {
  readonly name: string;
  /** Masked and shortened. */
  readonly command: readonly string[];
  readonly mask: (text: string) => string;
  readonly #session: CaptureSession;
  readonly #started: Moment;
  #moment: Moment | undefined;

  constructor(job: WrapJob, { onEntry }: { readonly onEntry: (line: Buffer) => void }) {
    const secrets = findServerSecrets(job.command, job.environment);
    const token = job.flags.token ?? job.settings.token;
    const own = token === undefined ? [] : [{ name: 'MCPLOG_TOKEN', value: token }];
    const masker = createMasker({ secrets: [...secrets, ...own] });
    this.mask = (text) => masker.mask(text);
    this.name = this.mask(job.name ?? nameOfServer(job.command)).slice(0, 128);
    this.#started = job.started;
    this.command = shorten(job.command.map(this.mask));
    const streams = { stdout: masker.createLineMasker(), stderr: masker.createLineMasker() };
    this.#session = createCaptureSession({
      mask: this.mask,
      maskText: (stream, text) => streams[stream].maskLine(text),
      emit: (record) => onEntry(toSpoolLine(record)),
      clock: this.#clock(),
      processInfo: { pid: job.pid },
    });
  }

  begin(): void {
    const message = `wrapped server started: ${this.command.join(' ')}`;
    // This thread starts later than the server: the entry has the server's moment.
    this.#moment = this.#started;
    this.#note('info', message, { event: 'wrap_started' });
    this.#moment = undefined;
  }

  take({ stream, bytes, moment }: Chunk): void {
    this.#moment = moment;
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (stream === 'stdin') this.#session.clientToServer(chunk);
    else if (stream === 'stdout') this.#session.serverStdout(chunk);
    else this.#session.serverStderr(chunk);
    this.#moment = undefined;
  }

  noteSkipped(bytes: number): void {
    const message = `${bytes} bytes were passed on but not captured: they came too fast`;
    this.#note('warn', message, { event: 'capture_gap', bytes });
  }

  noteLost(count: number): void {
    const message = `${count} entries were not kept: the spool was full`;
    this.#note('warn', message, { event: 'entries_lost', count });
  }

  end({ code, signal }: { readonly code: number | null; readonly signal: string | null }): void {
    const callsInFlight = this.#session.inFlight();
    this.#session.end({ exitCode: code, signal });
    const uptimeMs = Math.round(now().steadyMs - this.#started.steadyMs);
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const isOrdinary = code === 0 || ['SIGTERM', 'SIGINT', 'SIGHUP'].includes(signal ?? '');
    this.#note(isOrdinary ? 'info' : 'error', `ended: ${how} after ${uptimeMs} ms`, {
      event: ENDED_EVENT,
      exitCode: code,
      signal,
      uptimeMs,
      callsInFlight,
    });
  }

  #note(level: 'info' | 'warn' | 'error', message: string, metadata: Record<string, unknown>) {
    this.#session.note({ level, message, metadata });
  }

  /** Chunks carry the moment they passed, which is not when this thread comes to them. */
  #clock(): Clock {
    return {
      wallMs: () => (this.#moment ?? now()).wallMs,
      steadyMs: () => (this.#moment ?? now()).steadyMs,
      schedule: systemClock.schedule,
    };
  }
}

function shorten(command: readonly string[]): string[] {
  let left = COMMAND_CHARS_MAX;
  const words: string[] = [];
  for (const word of command) {
    if (left <= 0 || words.length === 256) break;
    const kept = word.slice(0, Math.min(left, WORD_CHARS_MAX));
    left -= kept.length + 1;
    words.push(kept);
  }
  return words;
}
