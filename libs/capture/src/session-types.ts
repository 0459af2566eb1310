import type { Level } from '@mcplog/log-entry';
import type { DisplayId, PayloadPolicy } from './call.ts';
import type { CapturedRecord } from './captured-record.ts';
import type { Clock } from './clock.ts';
import type { LineRun, LineSieve } from './line-lane.ts';
import type { ProtocolHealth } from './protocol-health.ts';
import type { WireId } from './rpc-message.ts';
import type { StormBudget } from './storm-budget.ts';

export type StreamName = 'stdout' | 'stderr';

export interface CaptureSessionOptions {
  /** Applied to every message and every metadata text from outside before it is emitted. */
  readonly mask: (text: string) => string;
  /**
   * Takes the place of `mask` for what a server prints, in the order of each stream: a private key
   * may lie on many lines that are a record each. `isCut` says that the text ends where it was cut.
   * Default: `mask`, which knows one text at a time.
   */
  readonly maskText?: (stream: StreamName, text: string, isCut: boolean) => string;
  /** Text that is left out, in its place among what `maskText` gets: a secret may begin in it. */
  readonly passOver?: (stream: StreamName, text: string) => void;
  /** Takes records in order; must not throw. */
  readonly emit: (record: CapturedRecord) => void;
  /** Lets ordinary lines of large chunks go out together, as bytes. Default: each is a record. */
  readonly runs?: RunOptions;
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
  /**
   * How long the entry of a call that seems to have gone well waits for an exception that its
   * server prints behind the answer, at most 50 ms; 0: not at all. Default 20.
   */
  readonly lateStderrMs?: number;
  /** What text may be written; give the same object to all runs of an instance. Default: all. */
  readonly budget?: StormBudget;
  /** Equal text records in a row that are written, later ones are counted. Default: all. */
  readonly repeatsShown?: number;
}

export interface RunOptions {
  /** In the order of each stream, together with `maskText`; they watch for {@link TRACE_WORDS}. */
  readonly sieves: Readonly<Record<StreamName, LineSieve>>;
  /** Takes the place of `emit` for the lines of a run, in its place in the order; must not throw. */
  readonly emit: (run: CapturedRun) => void;
}

/** Records that differ in their messages only; what it points to is used up within the call. */
export interface CapturedRun extends LineRun, Omit<CapturedRecord, 'message' | 'level'> {}

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
  /** Text records left out because they repeat or are over the budget. */
  readonly leftOut: number;
  /** Of these: lines over the budget with their bytes, and records that repeat the one before. */
  readonly suppressedLines: number;
  readonly suppressedBytes: number;
  readonly folded: number;
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
  /** Finished records waiting for those lines, or for the verdict about a call. */
  readonly records: readonly CapturedRecord[];
  /** Streams whose lines were read after the first of those records; absent: none. */
  readonly linesBehind?: readonly ('stdout' | 'stderr')[];
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
  /** How the server and its clients speak, since the session began. */
  health(): ProtocolHealth;
  /** What was read and is not emitted yet; to be kept by whoever must survive a sudden death. */
  held(): HeldCapture;
  readonly counters: CaptureCounters;
}
