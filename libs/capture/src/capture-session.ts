import { type Call, levelOfNotification, levelOfOutcome, maskCall, messageOfCall } from './call.ts';
import type { ServerLog } from './call-reading.ts';
import { asksForWork, CallVerdicts, LATE_STDERR_MS } from './call-verdict.ts';
import { type Clock, systemClock } from './clock.ts';
import { type FramedLine, LineFramer } from './line-framer.ts';
import { isOfCall, LineLane, type LineRun, textOfRun } from './line-lane.ts';
import { LINE_FLAGS } from './line-text.ts';
import { McpTap } from './mcp-tap.ts';
import { MetadataFragment } from './metadata-fragment.ts';
import type { ProtocolHealth } from './protocol-health.ts';
import { type GroupedRecord, type LineMoment, RecordGrouper } from './record-grouper.ts';
import { maskRecord } from './record-mask.ts';
import { writeCall, writeLateText, writeServerLog, writeText } from './record-metadata.ts';
import { type DatedRecord, RecordOrder } from './record-order.ts';
import { isMessageStart, readMessages } from './rpc-line.ts';
import { parseRpc, type RpcMessage } from './rpc-message.ts';
import { RpcScanner } from './rpc-scanner.ts';
import type {
  CaptureCounters,
  CaptureSession,
  CaptureSessionOptions,
  HeldCapture,
  RunOptions,
  SessionEnd,
  SessionNote,
  StreamName,
} from './session-types.ts';
import { NOTHING_LEFT, TextGate } from './text-gate.ts';

const ORDINARY_LINE = { text: '', lines: 1, flags: 0, bytes: 0, sha256: '', isPart: false };
const MESSAGE_CHARACTERS_MAX = 64 * 1024;
/** More records than this do not wait for the verdict about a call. */
const VERDICT_RECORDS_MAX = 64;

export function createCaptureSession(options: CaptureSessionOptions): CaptureSession {
  return new StreamSession(options);
}

class StreamSession implements CaptureSession {
  readonly #options: CaptureSessionOptions;
  readonly #clock: Clock;
  readonly #tap: McpTap;
  readonly #stdin: LineFramer;
  readonly #stdout: LineFramer;
  readonly #stderr: LineFramer;
  readonly #stdoutRecords: RecordGrouper;
  readonly #stderrRecords: RecordGrouper;
  readonly #order: RecordOrder;
  readonly #verdicts: CallVerdicts;
  readonly #pushStdout: (chunk: Buffer) => void;
  readonly #pushStderr: (chunk: Buffer) => void;
  readonly #gate: TextGate | undefined;
  readonly #counters = {
    stdinBytes: 0,
    stdoutBytes: 0,
    stderrBytes: 0,
    records: 0,
    protocolMessages: 0,
    calls: 0,
    unpairedAnswers: 0,
    pollution: 0,
    leftOut: 0,
    foreignInput: 0,
    cutLines: 0,
  };
  #moment: LineMoment = { wallMs: 0, steadyMs: 0 };
  #isOver = false;
  /** The metadata of ordinary text during that call; `null` before the first. */
  #lastCall: string | undefined | null = null;
  #lastMetadata = '';

  constructor(options: CaptureSessionOptions) {
    this.#options = options;
    const clock = options.clock ?? systemClock;
    this.#clock = clock;
    const prefix = `${options.processInfo?.run ?? clock.wallMs().toString(36)}`;
    this.#tap = new McpTap({
      onCall: (call) => this.#emitCall(call),
      onLog: (log) => this.#emitServerLog(log),
      makeCallId: (n) => `${prefix}-${n}`,
      payload: options.payload ?? 'none',
      displayId: options.displayId,
    });
    const fromClient = new RpcScanner();
    const fromServer = new RpcScanner();
    this.#stdin = new LineFramer((line) => this.#takeStdin(line, fromClient), fromClient);
    this.#stdout =
      options.stdout === 'text'
        ? new LineFramer((line) => this.#takeText(this.#stdoutRecords, line))
        : new LineFramer((line) => this.#takeStdout(line, fromServer), fromServer);
    this.#stderr = new LineFramer((line) => this.#takeText(this.#stderrRecords, line));
    this.#verdicts = new CallVerdicts({
      clock,
      lateMs: options.lateStderrMs ?? LATE_STDERR_MS,
      onDue: () => this.#judgeHeld(),
      onDecided: () => this.#order.release(),
    });
    this.#order = new RecordOrder(options.emit, () => this.#heldSinceMs());
    const { budget, repeatsShown } = options;
    if (budget !== undefined || repeatsShown !== undefined) {
      const tell = (note: SessionNote & { moment: LineMoment }) => this.#emitNote(note);
      this.#gate = new TextGate({ budget, repeatsShown }, tell, clock);
    }
    this.#stdoutRecords = new RecordGrouper((record) => this.#emitText('stdout', record), clock);
    this.#stderrRecords = new RecordGrouper((record) => this.#emitText('stderr', record), clock);
    this.#pushStdout =
      options.stdout === 'text'
        ? this.#wayOf('stdout', this.#stdout, this.#stdoutRecords)
        : (chunk) => this.#stdout.push(chunk);
    this.#pushStderr = this.#wayOf('stderr', this.#stderr, this.#stderrRecords);
  }

  get counters(): CaptureCounters {
    const left = this.#gate?.left ?? NOTHING_LEFT;
    return { ...this.#counters, ...left, unpairedAnswers: this.#tap.unpairedAnswers };
  }

  inFlight(): number {
    return this.#tap.inFlight;
  }

  health(): ProtocolHealth {
    return this.#tap.health();
  }

  held(): HeldCapture {
    const open = this.#stdout.openLine;
    // The beginning of a protocol message is no line to keep: it may hold arguments of a call.
    const isMessage = this.#options.stdout !== 'text' && isMessageStart(open);
    const linesBehind = this.#linesBehind();
    const stdoutParts = [Buffer.from(this.#stdoutRecords.heldText), ...(isMessage ? [] : [open])];
    return {
      stdout: Buffer.concat(stdoutParts),
      stderr: Buffer.concat([Buffer.from(this.#stderrRecords.heldText), this.#stderr.openLine]),
      stdoutMidLine: isMessage,
      records: this.#order.waiting,
      ...(linesBehind.length > 0 && { linesBehind }),
    };
  }

  clientToServer(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#counters.stdinBytes += chunk.length;
    this.#look();
    this.#stdin.push(chunk);
  }

  serverStdout(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#counters.stdoutBytes += chunk.length;
    this.#look(this.#stdout.isMidLine);
    this.#pushStdout(chunk);
  }

  serverStderr(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#counters.stderrBytes += chunk.length;
    this.#look(this.#stderr.isMidLine);
    this.#pushStderr(chunk);
  }

  clientMessage(text: string): void {
    if (this.#isOver) return;
    this.#look();
    const messages = parseRpc(text);
    if (messages === undefined) this.#counters.foreignInput++;
    else this.#pass(messages, 'client', Buffer.byteLength(text));
  }

  serverMessage(text: string): void {
    if (this.#isOver) return;
    this.#look();
    const messages = parseRpc(text);
    if (messages !== undefined) this.#pass(messages, 'server', Buffer.byteLength(text));
  }

  note(note: SessionNote): void {
    this.#look();
    this.#emitNote({ ...note, moment: this.#moment });
  }

  end(end: SessionEnd): void {
    if (this.#isOver) return;
    this.#look();
    this.#stdin.end();
    this.#stdout.end();
    this.#stderr.end();
    this.#stdoutRecords.end();
    this.#stderrRecords.end();
    this.#gate?.end();
    this.#tap.end(describeEnd(end), this.#moment.steadyMs);
    this.#verdicts.end();
    this.#order.release();
    this.#isOver = true;
  }

  /** Reads the clock and the calls in flight once for all lines of a chunk. */
  #look(isMidLine = false): void {
    const steadyMs = this.#clock.steadyMs();
    const call = this.#tap.callInFlight();
    const lateCall = call === undefined ? this.#verdicts.lateCall(steadyMs) : undefined;
    this.#moment = { wallMs: this.#clock.wallMs(), steadyMs, call, lateCall, isMidLine };
  }

  #takeStdin(line: FramedLine, scanner: RpcScanner): void {
    const messages = readMessages(line, scanner);
    if (messages !== undefined) this.#pass(messages, 'client', line.bytes);
    else if (line.text.trim() !== '') {
      this.#counters.foreignInput++;
      this.#tap.sawForeign('client');
    }
  }

  #takeStdout(line: FramedLine, scanner: RpcScanner): void {
    const messages = readMessages(line, scanner);
    if (messages !== undefined) {
      this.#pass(messages, 'server', line.bytes);
      return;
    }
    if (line.text.trim() !== '') {
      this.#counters.pollution++;
      this.#tap.sawForeign('server');
    }
    this.#takeText(this.#stdoutRecords, line);
  }

  #takeText(records: RecordGrouper, line: FramedLine): void {
    if ((line.flags & LINE_FLAGS.cut) !== 0) this.#counters.cutLines++;
    records.push(line, this.#moment);
  }

  #pass(messages: readonly RpcMessage[], sender: 'client' | 'server', bytes: number): void {
    this.#counters.protocolMessages += messages.length;
    const passage = { bytes, steadyMs: this.#moment.steadyMs };
    for (const message of messages) this.#tap.pass(message, sender, passage);
  }

  #emitNote({ level, message, metadata, moment }: SessionNote & { moment: LineMoment }): void {
    const fragment = this.#fragment();
    for (const [key, value] of Object.entries(metadata ?? {})) fragment.value(key, value);
    const text = this.#options.mask(message);
    this.#emit({ type: 'system', level, message: text, metadata: fragment.finish() }, moment);
  }

  #emitCall(call: Call): void {
    this.#counters.calls++;
    const { callId } = call;
    const { wallMs, steadyMs } = this.#moment;
    const record = this.#recordOfCall(call);
    const isOpen = call.outcome === 'ok' && asksForWork(call);
    if (asksForWork(call) && this.#tap.callInFlight() === undefined) {
      this.#verdicts.ended(callId, steadyMs, isOpen);
    }
    this.#counters.records++;
    if (!isOpen) {
      this.#verdicts.forget(callId);
      this.#order.add({ record, wallMs, steadyMs });
      return;
    }
    const current = () => {
      const reason = this.#verdicts.exceptionOf(callId);
      if (reason === undefined) return record;
      return this.#recordOfCall({ ...call, outcome: 'suspected_error', reason });
    };
    const onSent = () => {
      if (this.#verdicts.knows(callId)) this.#tap.suspect();
      this.#verdicts.forget(callId);
    };
    this.#order.add({ record, current, onSent, wallMs, steadyMs });
  }

  #recordOfCall(call: Call): DatedRecord['record'] {
    const { mask } = this.#options;
    const masked = maskCall(call, mask);
    return {
      type: 'http',
      level: levelOfOutcome(call.outcome),
      // Once more as a whole: a rule may need the words around a value.
      message: mask(messageOfCall(masked)),
      metadata: writeCall(this.#fragment(), masked).finish(),
    };
  }

  /** Lines of a trace may be held longer than their call waits; what is there already tells. */
  #judgeHeld(): void {
    const moment = this.#stderrRecords.heldMoment;
    if (moment?.lateCall === undefined) return;
    this.#verdicts.printed(moment, this.#options.mask(this.#stderrRecords.heldText.trimEnd()));
  }

  #emitServerLog(log: ServerLog): void {
    this.#emit({
      type: 'stdout',
      level: levelOfNotification(log.level),
      message: this.#options.mask(log.text).slice(0, MESSAGE_CHARACTERS_MAX),
      metadata: writeServerLog(this.#fragment(), log).finish(),
    });
  }

  #emitText(type: StreamName, record: GroupedRecord): void {
    if (this.#gate?.lets(type, record) === false) {
      this.#counters.leftOut++;
      this.#options.passOver?.(type, record.text);
      return;
    }
    const message = maskRecord(this.#options, type, record);
    const lateCall = type === 'stderr' ? this.#verdicts.printed(record.moment, message) : undefined;
    const metadata =
      lateCall === undefined
        ? this.#metadataOfText(type, record)
        : writeLateText(this.#fragment(), record, lateCall).finish();
    const { wallMs, steadyMs } = record.moment;
    if (this.#order.mayGo(steadyMs)) {
      this.#counters.records++;
      const timestampMs = this.#order.timeOf(wallMs);
      this.#options.emit({ timestampMs, type, level: undefined, message, metadata });
    } else this.#emit({ type, message, metadata }, record.moment);
  }

  #wayOf(type: StreamName, framer: LineFramer, records: RecordGrouper): (chunk: Buffer) => void {
    const { runs } = this.#options;
    if (runs === undefined) return (chunk) => framer.push(chunk);
    const take = (run: LineRun) => this.#emitRun(type, run, runs.emit);
    const lane = new LineLane({ framer, records, sieve: runs.sieves[type], take });
    return (chunk) => lane.push(chunk, this.#moment);
  }

  #emitRun(type: StreamName, run: LineRun, emit: RunOptions['emit']): boolean {
    const moment = this.#moment;
    if (!this.#order.mayGo(moment.steadyMs)) return false;
    if (this.#gate?.letsRun(type, textOfRun(run, moment)) === false) return false;
    this.#counters.records += run.count;
    if (type === 'stderr' && isOfCall(moment)) {
      this.#verdicts.printed(moment, textOfRun(run, moment).last);
    }
    const metadata = this.#metadataOfText(type, { ...ORDINARY_LINE, moment });
    emit({ ...run, type, timestampMs: this.#order.timeOf(moment.wallMs), metadata });
    return true;
  }

  /** Most lines have nothing of their own to say, so what they say is written once per call. */
  #metadataOfText(type: StreamName, record: GroupedRecord): string {
    const { lines, flags, sha256, isPart, moment } = record;
    const isPollution = type === 'stdout' && this.#options.stdout !== 'text';
    const isOrdinary = lines === 1 && flags === 0 && sha256 === '' && !isPart && !isPollution;
    if (isOrdinary && moment.call === this.#lastCall) return this.#lastMetadata;
    const fragment = writeText(this.#fragment(), record);
    const metadata = fragment.flag('pollution', isPollution).finish();
    if (isOrdinary) {
      this.#lastCall = moment.call;
      this.#lastMetadata = metadata;
    }
    return metadata;
  }

  #fragment(): MetadataFragment {
    const fragment = new MetadataFragment(this.#options.mask);
    return fragment.number('process.pid', this.#options.processInfo?.pid);
  }

  #emit(record: DatedRecord['record'], moment: LineMoment = this.#moment): void {
    this.#counters.records++;
    this.#order.add({ record, wallMs: moment.wallMs, steadyMs: moment.steadyMs });
  }

  #heldSinceMs(): number {
    const stdoutMs = this.#stdoutRecords.heldMoment?.steadyMs ?? Infinity;
    const stderrMs = this.#stderrRecords.heldMoment?.steadyMs ?? Infinity;
    const mayWait = this.#order.size <= VERDICT_RECORDS_MAX;
    return Math.min(stdoutMs, stderrMs, mayWait ? this.#verdicts.waitingSinceMs : Infinity);
  }

  #linesBehind(): ('stdout' | 'stderr')[] {
    const firstMs = this.#order.waitingSinceMs;
    const isBehind = ({ heldMoment }: RecordGrouper) => (heldMoment?.steadyMs ?? 0) > firstMs;
    const streams = [
      ['stdout', this.#stdoutRecords],
      ['stderr', this.#stderrRecords],
    ] as const;
    return streams.filter(([, records]) => isBehind(records)).map(([stream]) => stream);
  }
}

function describeEnd(end: SessionEnd): string {
  const { exitCode, signal, reason } = end;
  const how = signal
    ? ` by ${signal}`
    : typeof exitCode === 'number'
      ? ` with code ${exitCode}`
      : '';
  return `process ended${how}${reason === undefined ? '' : `: ${reason}`}`;
}
