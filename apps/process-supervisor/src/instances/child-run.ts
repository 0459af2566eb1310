import {
  type CapturedRun,
  type CaptureSession,
  createCaptureSession,
  inferLevel,
  type StormBudget,
  TRACE_WORDS,
} from '@mcplog/capture';
import { createMasker, type Masker } from '@mcplog/masking';
import type { SystemLog } from '@mcplog/message-bus';
import type { CatalogueItem, InstanceRecord, ProtocolReport } from '@mcplog/protocol';
import type { Isolation } from '../isolation/isolation.ts';
import { McpHub } from '../mcp/mcp-hub.ts';
import { MessageSplitter } from '../mcp/message-splitter.ts';
import { reportOf } from '../mcp/protocol-report.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { RunJournal } from '../outbox/run-journal.ts';
import type { PipeReading } from '../pipes/pipe-reading.ts';
import { type CaptureFigures, captureTotals } from './capture-figures.ts';
import { captureMasks } from './capture-masks.ts';
import { Child, type ChildExit } from './child.ts';
import type { ChildEnvironment } from './child-environment.ts';
import type { ChildrenFile } from './children-file.ts';
import type { HealthLimits } from './health-settings.ts';
import type { HeldFile } from './held-file.ts';
import { type AlertChange, type HealthSample, ProcessAlerts } from './process-alerts.ts';
import { UnmaskableNotice } from './unmaskable-notice.ts';

const STDERR_LINES_KEPT = 5;
const STDERR_CHARACTERS_KEPT = 500;
const ERROR_CHARACTERS_KEPT = 200;
/** Requests are refused while the child leaves this much unread. */
const STDIN_WAITING_BYTES_MAX = 16 * 1024 * 1024;

export interface ChildRunOptions {
  readonly record: InstanceRecord;
  readonly item: CatalogueItem;
  readonly run: number;
  readonly environment: ChildEnvironment;
  readonly home: string;
  readonly uid: number | undefined;
  readonly isolation: Isolation;
  /** Of this run; stays open after its end. */
  readonly journal: RunJournal;
  readonly children: ChildrenFile;
  readonly reading: PipeReading;
  readonly hashKey: Buffer;
  /** Takes how far the run is on disk, and what is read and not yet in the spool. */
  readonly held: HeldFile;
  readonly outbox: Outbox;
  /** Of the instance, over all its runs. */
  readonly budget: StormBudget;
  readonly repeatsShown: number | undefined;
  readonly figures: CaptureFigures;
  readonly health: HealthLimits;
  readonly systemLog: Pick<SystemLog, 'write'>;
}

/** How a run ended, for the status and the decision to start again. */
export interface RunEnd {
  readonly words: string;
  readonly uptimeMs: number;
  readonly wasAsked: boolean;
  /** Processes of its group that had to be ended after it. */
  readonly orphans: number;
  readonly lastError: string | undefined;
}

/** Something the server said, and its place among the others. */
interface Words {
  readonly text: string;
  readonly at: number;
}

/** One start of one instance: its process, what is captured of it, and the clients it serves. */
export class ChildRun {
  readonly run: number;
  readonly pid: number;
  readonly hub: McpHub;
  readonly ended: Promise<RunEnd>;
  readonly #options: ChildRunOptions;
  readonly #child: Child;
  readonly #session: CaptureSession;
  readonly #masker: Masker;
  #reportedMessages = 0;
  readonly #lastStderr: Words[] = [];
  readonly #startedMs = performance.now();
  #askedBy: string | undefined;
  /** The last entry that said itself that it is an error, such as a failed call. */
  #lastFailure: Words | undefined;
  #spoken = 0;
  readonly #stopListening: () => void;
  readonly #stopCounting: () => void;
  readonly #unmaskable: UnmaskableNotice;
  readonly #alerts: ProcessAlerts;
  #isHeldDue = false;
  /** Bytes of each stream so far. */
  readonly #taken = { stdout: 0, stderr: 0 };
  #hasEnded = false;

  private constructor(options: ChildRunOptions, child: Child, masker: Masker) {
    const { record, run, item, journal, budget, repeatsShown } = options;
    this.#options = options;
    this.run = run;
    this.pid = child.pid;
    this.#child = child;
    this.#masker = masker;
    this.hub = new McpHub((line) => this.#send(line));
    this.#unmaskable = new UnmaskableNotice((count) => tellUnmaskable(journal, count));
    this.#alerts = new ProcessAlerts(options.health);
    const counting = masker.counters();
    const { sieves, ...masks } = captureMasks(masker);
    this.#session = createCaptureSession({
      ...masks,
      budget,
      ...(repeatsShown !== undefined && { repeatsShown }),
      emit: (captured) => {
        if (captured.type === 'stderr') this.#keepStderr(captured.message);
        if (captured.level === 'error') this.#lastFailure = this.#lastWords(captured.message);
        journal.write(captured);
        this.#unmaskable.note(counting.overBudget);
      },
      runs: {
        sieves,
        emit: (lines) => {
          if (lines.type === 'stderr') this.#keepLines(lines);
          journal.writeLines(lines);
        },
      },
      displayId: (wireId) => this.hub.displayId(wireId),
      stdout: item.transport === 'http' ? 'text' : 'protocol',
      processInfo: { pid: child.pid, run },
    });
    const totals = () => captureTotals(counting, this.#session.counters);
    this.#stopCounting = options.figures.follow(totals);
    options.children.add({ instanceId: record.id, run, pid: child.pid });
    // Also what is told by others than the session takes a number.
    journal.onEntry(() => this.#noteHeld());
    this.#stopListening = options.outbox.onFlush(() => this.#prepareHeld());
    this.#noteHeld();
    this.ended = child.exited.then((exit) => this.#end(exit));
  }

  /**
   * Starts the process; what it prints is captured from the first byte.
   * @throws StartRefusal when there is no such program
   */
  static async start(options: ChildRunOptions): Promise<ChildRun> {
    const { record, item, run, environment, home, uid, journal, children, reading, isolation } =
      options;
    const masker = createMasker({
      secrets: environment.secrets,
      hashKey: options.hashKey,
      watchedWords: TRACE_WORDS,
    });
    let childRun: ChildRun | undefined;
    const splitter = new MessageSplitter((line) => childRun?.hub.receive(line));
    const row = { instanceId: record.id, run };
    const pipes = children.pipesOf(row);
    // What was told before is in the spool; what the child prints gets the numbers behind it.
    options.outbox.flush();
    options.held.write({ run, nextN: journal.count + 1, stdout: 0, stderr: 0 });
    const program = { command: item.command, args: item.args, env: environment.env };
    const starting = Child.start(
      { ...program, pipes, reading, home, uid, isolation },
      {
        onStarting: () => children.add(row),
        onGap: (stream, bytesMax) => tellGap(journal, { stream, bytesMax }),
        onStdout: (chunk) => {
          childRun?.takeStdout(chunk);
          splitter.push(chunk);
        },
        onStderr: (chunk) => childRun?.takeStderr(chunk),
      },
    );
    const child = await starting.catch((error: unknown) => {
      children.remove(row);
      options.held.delete();
      throw error;
    });
    const command = masker.mask([item.command, ...item.args].join(' '));
    const facts = { event: 'instance_starting', pid: child.pid };
    journal.system('info', `instance starting: ${command}`, facts);
    childRun = new ChildRun(options, child, masker);
    return childRun;
  }

  /** It is being stopped, or has ended and is being tidied up. */
  get isEnding(): boolean {
    return this.#askedBy !== undefined || this.#child.hasEnded;
  }

  /** The newest error among failed calls and the last lines of stderr, shortened. */
  get lastError(): string | undefined {
    const printed = this.#lastStderr.findLast(({ text }) => isErrorText(text));
    const newest = (printed?.at ?? 0) > (this.#lastFailure?.at ?? 0) ? printed : this.#lastFailure;
    return newest?.text.slice(0, ERROR_CHARACTERS_KEPT);
  }

  /** A look at its process and group; whoever should know of it is told. */
  noteSample(sample: HealthSample): void {
    if (!this.#hasEnded) for (const change of this.#alerts.take(sample)) this.#tellAlert(change);
  }

  /** How the server speaks; `undefined` when nothing was said since the last report. */
  newProtocolReport(): ProtocolReport | undefined {
    const { protocolMessages, pollution, calls } = this.#session.counters;
    const said = protocolMessages + pollution + calls;
    if (said === this.#reportedMessages) return undefined;
    this.#reportedMessages = said;
    const mask = (text: string) => this.#masker.mask(text);
    return reportOf(this.#session.health(), { run: this.run, mask });
  }

  takeStdout(chunk: Buffer): void {
    this.#taken.stdout += chunk.length;
    this.#session.serverStdout(chunk);
    this.#noteHeld(chunk.length);
  }

  takeStderr(chunk: Buffer): void {
    this.#taken.stderr += chunk.length;
    this.#session.serverStderr(chunk);
    this.#noteHeld(chunk.length);
  }

  /** Ends the process as gently as it lets us. `askedBy` goes into the death certificate. */
  async stop(askedBy: string): Promise<void> {
    this.#askedBy ??= askedBy;
    await this.#child.stop();
    await this.ended;
  }

  #send(line: string): boolean {
    const bytes = Buffer.from(`${line}\n`);
    if (this.#child.stdinWaitingBytes + bytes.length > STDIN_WAITING_BYTES_MAX) return false;
    if (!this.#child.write(bytes)) return false;
    this.#session.clientToServer(bytes);
    return true;
  }

  /** Is written at the next flush, together with the entries that were emitted until then. */
  #noteHeld(takenBytes = 0): void {
    if (this.#hasEnded) return;
    this.#isHeldDue = true;
    this.#options.outbox.flushSoon(takenBytes);
  }

  #prepareHeld(): () => void {
    if (!this.#isHeldDue || this.#hasEnded) return () => {};
    this.#isHeldDue = false;
    const { journal, held } = this.#options;
    const taken = { ...this.#taken };
    const mark = { run: this.run, nextN: journal.count + 1, ...taken };
    const write = held.prepare(mark, this.#session.held());
    return () => {
      try {
        write();
      } finally {
        // A disk that takes nothing must not hold up the server.
        this.#child.acknowledge(taken);
      }
    };
  }

  /** In this order: wherever a kill comes between, nothing is forgotten that is not on disk. */
  #settle(): void {
    const { outbox, held, children, record } = this.#options;
    this.#isHeldDue = true;
    outbox.flush();
    this.#hasEnded = true;
    this.#stopListening();
    children.remove({ instanceId: record.id, run: this.run });
    this.#child.removePipes();
    held.delete();
  }

  #tellAlert({ level, event, words, facts }: AlertChange): void {
    const { journal, systemLog, record, run } = this.#options;
    const { id: instanceId, userId, service } = record;
    journal.system(level, words, { event, ...facts });
    const metadata = { instanceId, userId, service, run, ...facts };
    systemLog.write('pm2', { level, event, message: `${instanceId}: ${words}`, metadata });
  }

  #lastWords(message: string): Words {
    return { text: message.slice(0, STDERR_CHARACTERS_KEPT), at: ++this.#spoken };
  }

  #keepLines({ chunk, start, ends, first, count }: CapturedRun): void {
    const end = first + count;
    for (let at = Math.max(first, end - STDERR_LINES_KEPT); at < end; at++) {
      const from = at === first ? start : (ends[at - 1] as number) + 1;
      this.#keepStderr(chunk.toString('latin1', from, ends[at]));
    }
  }

  #keepStderr(message: string): void {
    this.#lastStderr.push(this.#lastWords(message));
    if (this.#lastStderr.length > STDERR_LINES_KEPT) this.#lastStderr.shift();
  }

  /** The death certificate: what anybody will ask when a server is gone. */
  #end(exit: ChildExit): RunEnd {
    const { code, signal, orphans } = exit;
    const callsInFlight = this.#session.inFlight();
    const askedBy = this.#askedBy ?? 'nobody';
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    this.#session.end({ exitCode: code, signal, reason: `asked by ${askedBy}` });
    for (const change of this.#alerts.end()) this.#tellAlert(change);
    this.#unmaskable.end();
    this.#stopCounting();
    const uptimeMs = Math.round(performance.now() - this.#startedMs);
    const words = `${how} after ${seconds(uptimeMs)} s, asked by ${askedBy}`;
    this.#options.journal.system(
      this.#askedBy === undefined ? 'error' : 'info',
      `ended: ${words}`,
      {
        event: 'instance_ended',
        exitCode: code,
        signal,
        askedBy,
        uptimeMs,
        callsInFlight,
        orphansKilled: orphans,
        lastStderr: this.#lastStderr.map(({ text }) => text),
        pid: this.pid,
      },
    );
    this.#settle();
    this.hub.close(`the server ended: ${words}`);
    const wasAsked = this.#askedBy !== undefined;
    return { words, uptimeMs, wasAsked, orphans, lastError: this.lastError };
  }
}

function tellGap(
  journal: RunJournal,
  { stream, bytesMax }: { stream: string; bytesMax: number },
): void {
  const words = `the pipe reader ended: up to ${bytesMax} bytes of ${stream} may be missing here`;
  journal.system('error', words, { event: 'output_may_be_missing', stream, bytesMax });
}

function tellUnmaskable(journal: RunJournal, count: number): void {
  const texts = count === 1 ? '1 text' : `${count} texts`;
  const words = `${texts} not shown: looking for secrets took longer than it may`;
  journal.system('warn', words, { event: 'texts_unmaskable', count });
}

function isErrorText(text: string): boolean {
  return inferLevel(text, 'stderr').level === 'error';
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
