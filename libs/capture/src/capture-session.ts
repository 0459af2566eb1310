import type { Level } from '@mcplog/log-entry';
import {
  type Call,
  type DisplayId,
  levelOfNotification,
  levelOfOutcome,
  maskCall,
  messageOfCall,
  type PayloadPolicy,
} from './call.ts';
import type { CapturedRecord } from './captured-record.ts';
import { type Clock, systemClock } from './clock.ts';
import { type FramedLine, LineFramer } from './line-framer.ts';
import { LINE_FLAGS } from './line-text.ts';
import { McpTap, type ServerLog } from './mcp-tap.ts';
import { MetadataFragment } from './metadata-fragment.ts';
import { type GroupedRecord, type LineMoment, RecordGrouper } from './record-grouper.ts';
import { writeCall, writeServerLog, writeText } from './record-metadata.ts';
import { type DatedRecord, RecordOrder } from './record-order.ts';
import { parseRpc, type RpcMessage, type WireId } from './rpc-message.ts';
import { RpcScanner } from './rpc-scanner.ts';

const MESSAGE_CHARACTERS_MAX = 64 * 1024;

export interface CaptureSessionOptions {
  /** Applied to every message and every metadata text from outside before it is emitted. */
  readonly mask: (text: string) => string;
  /**
   * Takes the place of `mask` for what a server prints, in the order of each stream: a private key
   * may lie on many lines that are a record each. Default: `mask`, which knows one text at a time.
   */
  readonly maskText?: (stream: 'stdout' | 'stderr', text: string) => string;
  /** Takes records in order; must not throw. */
  readonly emit: (record: CapturedRecord) => void;
  readonly clock?: Clock;
  /** What of arguments and results is kept; default none. */
  readonly payload?: PayloadPolicy;
  /**
   * What stdout is: the protocol of a stdio server (text on it is pollution), or plain text of a
   * server that speaks HTTP. Default protocol.
   */
  readonly stdout?: 'protocol' | 'text';
  /** The id and session that the caller of a bridged request knows it by. */
  readonly displayId?: (wireId: WireId) => DisplayId | undefined;
  readonly processInfo?: ProcessInfo;
}

export interface ProcessInfo {
  /** Written to every record as `process.pid`. */
  readonly pid?: number;
  /** Makes the `callId`s of this process unique: `<run>-<n>`. Default: the start time. */
  readonly run?: number;
}

/** An entry of our own about the process. */
export interface SessionNote {
  readonly level: Level;
  readonly message: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** How a process ended. */
export interface SessionEnd {
  readonly exitCode?: number | null | undefined;
  readonly signal?: string | null | undefined;
  readonly reason?: string | undefined;
}

export interface CaptureCounters {
  readonly stdinBytes: number;
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  /** Records emitted. */
  readonly records: number;
  /** JSON-RPC messages seen, both ways. */
  readonly protocolMessages: number;
  /** Finished calls. */
  readonly calls: number;
  /** Answers that belong to no request in flight. */
  readonly unpairedAnswers: number;
  /** Lines on a protocol stdout that are no JSON-RPC. */
  readonly pollution: number;
  /** Lines on stdin that are no JSON-RPC; their text is not kept. */
  readonly foreignInput: number;
  readonly cutLines: number;
}

/** The part of the streams that is in a session's hands only. Not masked, records apart. */
export interface HeldCapture {
  /** Text lines waiting for the rest of their record, and the beginning of a line. */
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** An open protocol message is missing in `stdout`: what is read next continues it. */
  readonly stdoutMidLine: boolean;
  /** Finished records waiting for those lines. */
  readonly records: readonly CapturedRecord[];
}

/** Turns the three streams of one process into records. Feed it every chunk as it is read. */
export interface CaptureSession {
  clientToServer(chunk: Buffer): void;
  serverStdout(chunk: Buffer): void;
  serverStderr(chunk: Buffer): void;
  /** One whole message of a client, for transports that are not a byte stream. */
  clientMessage(text: string): void;
  /** One whole message of the server, for transports that are not a byte stream. */
  serverMessage(text: string): void;
  /** Emits an entry of type system. */
  note(note: SessionNote): void;
  /** Emits everything held and every call still in flight; later chunks are ignored. */
  end(end: SessionEnd): void;
  /** Calls without an answer so far. */
  inFlight(): number;
  /** What was read and is not emitted yet; to be kept by whoever must survive a sudden death. */
  held(): HeldCapture;
  readonly counters: CaptureCounters;
}

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
  readonly #counters = {
    stdinBytes: 0,
    stdoutBytes: 0,
    stderrBytes: 0,
    records: 0,
    protocolMessages: 0,
    calls: 0,
    unpairedAnswers: 0,
    pollution: 0,
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
    this.#order = new RecordOrder(options.emit, () => this.#heldSinceMs());
    this.#stdoutRecords = new RecordGrouper((record) => this.#emitText('stdout', record), clock);
    this.#stderrRecords = new RecordGrouper((record) => this.#emitText('stderr', record), clock);
  }

  get counters(): CaptureCounters {
    return { ...this.#counters, unpairedAnswers: this.#tap.unpairedAnswers };
  }

  inFlight(): number {
    return this.#tap.inFlight;
  }

  held(): HeldCapture {
    const open = this.#stdout.openLine;
    // The beginning of a protocol message is no line to keep: it may hold arguments of a call.
    const isMessage = this.#options.stdout !== 'text' && isMessageStart(open);
    const stdoutParts = [Buffer.from(this.#stdoutRecords.heldText), ...(isMessage ? [] : [open])];
    return {
      stdout: Buffer.concat(stdoutParts),
      stderr: Buffer.concat([Buffer.from(this.#stderrRecords.heldText), this.#stderr.openLine]),
      stdoutMidLine: isMessage,
      records: this.#order.waiting,
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
    this.#stdout.push(chunk);
  }

  serverStderr(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#counters.stderrBytes += chunk.length;
    this.#look(this.#stderr.isMidLine);
    this.#stderr.push(chunk);
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
    const fragment = this.#fragment();
    for (const [key, value] of Object.entries(note.metadata ?? {})) fragment.value(key, value);
    this.#look();
    this.#emit({
      type: 'system',
      level: note.level,
      message: this.#options.mask(note.message),
      metadata: fragment.finish(),
    });
  }

  end(end: SessionEnd): void {
    if (this.#isOver) return;
    this.#look();
    this.#stdin.end();
    this.#stdout.end();
    this.#stderr.end();
    this.#stdoutRecords.end();
    this.#stderrRecords.end();
    this.#tap.end(describeEnd(end), this.#moment.steadyMs);
    this.#order.release();
    this.#isOver = true;
  }

  /** Reads the clock and the calls in flight once for all lines of a chunk. */
  #look(isMidLine = false): void {
    this.#moment = {
      wallMs: this.#clock.wallMs(),
      steadyMs: this.#clock.steadyMs(),
      call: this.#tap.callInFlight(),
      isMidLine,
    };
  }

  #takeStdin(line: FramedLine, scanner: RpcScanner): void {
    const messages = readMessages(line, scanner);
    if (messages !== undefined) this.#pass(messages, 'client', line.bytes);
    else if (line.text.trim() !== '') this.#counters.foreignInput++;
  }

  #takeStdout(line: FramedLine, scanner: RpcScanner): void {
    const messages = readMessages(line, scanner);
    if (messages !== undefined) {
      this.#pass(messages, 'server', line.bytes);
      return;
    }
    if (line.text.trim() !== '') this.#counters.pollution++;
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

  #emitCall(call: Call): void {
    this.#counters.calls++;
    const { mask } = this.#options;
    const masked = maskCall(call, mask);
    this.#emit({
      type: 'http',
      level: levelOfOutcome(call.outcome),
      // Once more as a whole: a rule may need the words around a value.
      message: mask(messageOfCall(masked)),
      metadata: writeCall(this.#fragment(), masked).finish(),
    });
  }

  #emitServerLog(log: ServerLog): void {
    this.#emit({
      type: 'stdout',
      level: levelOfNotification(log.level),
      message: this.#options.mask(log.text).slice(0, MESSAGE_CHARACTERS_MAX),
      metadata: writeServerLog(this.#fragment(), log).finish(),
    });
  }

  #emitText(type: 'stdout' | 'stderr', record: GroupedRecord): void {
    const { mask, maskText, emit } = this.#options;
    const message = maskText === undefined ? mask(record.text) : maskText(type, record.text);
    const metadata = this.#metadataOfText(type, record);
    const { wallMs, steadyMs } = record.moment;
    if (this.#order.mayGo(steadyMs)) {
      this.#counters.records++;
      const timestampMs = this.#order.timeOf(wallMs);
      emit({ timestampMs, type, level: undefined, message, metadata });
    } else this.#emit({ type, message, metadata }, record.moment);
  }

  /** Most lines have nothing of their own to say, so what they say is written once per call. */
  #metadataOfText(type: 'stdout' | 'stderr', record: GroupedRecord): string {
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
    const stdoutMs = this.#stdoutRecords.heldSinceMs ?? Infinity;
    return Math.min(stdoutMs, this.#stderrRecords.heldSinceMs ?? Infinity);
  }
}

/** A line past the framer's limit was read by the scanner while it passed. */
function readMessages(line: FramedLine, scanner: RpcScanner): readonly RpcMessage[] | undefined {
  if ((line.flags & LINE_FLAGS.cut) !== 0) return scanner.finish();
  const { text } = line;
  let at = 0;
  while (text.charCodeAt(at) === 0x20 || text.charCodeAt(at) === 0x09) at++;
  const first = text.charCodeAt(at);
  return first === 0x7b || first === 0x5b ? parseRpc(text) : undefined;
}

/** True for the beginning of what {@link readMessages} would try to read. */
function isMessageStart(open: Buffer): boolean {
  const first = open.find((byte) => byte !== 0x20 && byte !== 0x09);
  return first === 0x7b || first === 0x5b;
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
