export { type AccessLine, parseAccessLine } from './access-line.ts';
export {
  type Call,
  type CallOutcome,
  type Direction,
  type DisplayId,
  levelOfNotification,
  levelOfOutcome,
  type PayloadPolicy,
} from './call.ts';
export type { ServerLog } from './call-reading.ts';
export { createCaptureSession } from './capture-session.ts';
export type { CapturedRecord } from './captured-record.ts';
export { type Clock, systemClock } from './clock.ts';
export { EntryReader, type UnreadRecord } from './entry-reader.ts';
export {
  type ExtractedFields,
  extractFields,
  FIELD_KEY_CHARACTERS_MAX,
  FIELD_TEXT_CHARACTERS_MAX,
  FIELDS_MAX,
} from './extract-fields.ts';
export { type InferredLevel, inferLevel, type LevelReason } from './infer-level.ts';
export { type FramedLine, LINE_BYTES_MAX, LineFramer, type OversizeReader } from './line-framer.ts';
export { type LineRun, type LineSieve, TRACE_WORDS } from './line-lane.ts';
export { LINE_FLAGS } from './line-text.ts';
export { McpTap, type McpTapOptions, type Passage } from './mcp-tap.ts';
export type {
  ProgramName,
  ProtocolFigures,
  ProtocolFinding,
  ProtocolHealth,
} from './protocol-health.ts';
export { type GroupedRecord, type LineMoment, RecordGrouper } from './record-grouper.ts';
export { type RoutedEntry, routeEntry } from './route-entry.ts';
export { parseRpc, type RpcMessage, type WireId } from './rpc-message.ts';
export type {
  CaptureCounters,
  CapturedRun,
  CaptureSession,
  CaptureSessionOptions,
  HeldCapture,
  ProcessInfo,
  RunOptions,
  SessionEnd,
  SessionNote,
  StreamName,
} from './session-types.ts';
export {
  type BudgetLimits,
  DEFAULT_BUDGET,
  ENTRY_BYTES,
  StormBudget,
  type SuppressReason,
} from './storm-budget.ts';
export { isTrace } from './trace-shape.ts';
