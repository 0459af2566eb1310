export { type CompiledFilter, compileFilter } from './compile-filter.ts';
export { decodeCursor, decodeMultiCursor, encodeCursor, encodeMultiCursor } from './cursor.ts';
export { describeFilter } from './describe-filter.ts';
export type { FilterProblem, LogFilter } from './filter.ts';
export { foldCase } from './fold-case.ts';
export { FILTER_PARAMETERS, type FilterResult, parseLogFilter } from './parse-filter.ts';
