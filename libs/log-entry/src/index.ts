export { ENTRY_TYPES, type EntryMetadata, type EntryType, type LogEntry } from './entry.ts';
export { ID_PATTERN, isId } from './id.ts';
export { encodeEntry, parseEntry, seqOfLine } from './json-line.ts';
export {
  LEVELS,
  type Level,
  levelAtLeast,
  levelRank,
  SYSTEM_LEVELS,
  type SystemLevel,
} from './level.ts';
export { LOG_FILES, type LogFile, SYSTEM_CATEGORIES, type SystemCategory } from './log-file.ts';
export { makeSeq, N_MAX, nOfSeq, RUN_MAX, runOfSeq } from './seq.ts';
