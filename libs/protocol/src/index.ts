export {
  type CaptureRecord,
  decodeCaptureBatch,
  type LineRecords,
  RECORD_METADATA_BYTES_MAX,
  type RecordView,
  SectionEncoder,
  type SectionHeader,
  type SectionView,
  type StderrRouting,
} from './capture-batch.ts';
export { ERROR_STATUS, type ErrorCode, type ErrorDetail, McplogError } from './errors.ts';
export {
  CreateUserRequest,
  LoginAnswer,
  LoginRequest,
  PASSWORD_CHARS_MIN,
  SESSION_COOKIE,
  UserView,
} from './http/accounts.ts';
export {
  HealthAlert,
  HealthAnswer,
  SystemLogAnswer,
  SystemLogQuery,
  TIME_RANGES,
  type TimeRange,
} from './http/administration.ts';
export {
  CALL_BUCKETS_DEFAULT,
  CALL_OUTCOMES,
  CALLS_LIMIT_DEFAULT,
  CallAnswer,
  CallGroup,
  CallParams,
  CallSample,
  CallsPage,
  CallsQuery,
  CallView,
  ProtocolAnswer,
} from './http/calls.ts';
export {
  INGEST_BYTES_MAX,
  INGEST_LINES_MAX,
  IngestAnswer,
  IngestLine,
  WrapAnswer,
  WrapRequest,
} from './http/ingest.ts';
export {
  CreateInstanceRequest,
  InstanceParams,
  InstanceView,
  PutCatalogueItemRequest,
  RenameInstanceRequest,
} from './http/instances.ts';
export { JobView, MaintenanceAnswer, MaintenanceRequest } from './http/jobs.ts';
export {
  CLOSE_FORBIDDEN,
  CLOSE_TOO_SLOW,
  CLOSE_UNAUTHORISED,
  type LiveMessage,
  SubscribeMessage,
  TicketAnswer,
} from './http/live.ts';
export {
  EXPORT_FORMATS,
  ExportRequest,
  Histogram,
  LIMIT_DEFAULT,
  LIMIT_MAX,
  LOG_FORMATS,
  LogEntryShape,
  LogFilters,
  LogPage,
  LogQuery,
  REGEX_CHARS_MAX,
  SEARCH_CHARS_MAX,
} from './http/logs.ts';
export { RotatedNotice, RotateProgress, RotateRequest } from './maintenance.ts';
export { RecordCursor } from './record-cursor.ts';
export {
  CatalogueItem,
  InstanceRecord,
  InstanceStatus,
  JOB_KINDS,
  JOB_STATES,
  type JobKind,
  JobRecord,
  LeaseRecord,
  ProtocolReport,
  ROLES,
  Role,
  RunRecord,
  ServiceRecord,
  SessionRecord,
  StormLimits,
  TicketRecord,
  UserRecord,
  WRAP_SERVICE,
} from './records.ts';
export {
  CAPTURE_STREAM,
  captureSubject,
  MAINTENANCE_LEASE,
  ROTATE_SUBJECT,
  ROTATED_SUBJECT,
  SHARD_COUNT,
  SYSTEM_LEASE,
  SYSTEM_STREAM,
  shardLease,
  shardOf,
  systemSubject,
  tailSubject,
  tailSystemSubject,
  WRITER_LEASES,
} from './subjects.ts';
export { SystemRecord } from './system-record.ts';
export {
  decodeTailMessage,
  encodeTailMessage,
  type TailHeader,
  type TailMessage,
} from './tail-message.ts';
