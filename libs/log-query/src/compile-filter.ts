import { type EntryType, type LogEntry, levelAtLeast, SYSTEM_LEVELS } from '@mcplog/log-entry';
import type { LogFilter } from './filter.ts';
import { foldCase } from './fold-case.ts';
import { anyLeafContains, metadataEquals } from './metadata-value.ts';
import { compilePattern, type Pattern } from './pattern.ts';

/** A filter made ready for many entries. */
export interface CompiledFilter {
  readonly filter: LogFilter;
  matches(entry: LogEntry): boolean;
  /** The levels that pass; absent: all do. */
  readonly levels?: ReadonlySet<string>;
  /** The entry types that pass; absent: all do. */
  readonly types?: ReadonlySet<EntryType>;
  /** Folded texts: a matching message or metadata value contains one of each set. */
  readonly literalSets: readonly (readonly string[])[];
  /** False when time, level and type alone decide. */
  readonly needsParse: boolean;
  /** True when one line may take long: an expression that only the linear-time engine may have. */
  readonly isHeavy: boolean;
  /** The folded text sought, when nothing else of an entry's content is asked for. */
  readonly soleSearch?: string;
  /** The test of a message in ASCII, when nothing else of an entry's content is asked for. */
  readonly soleMessageTest?: (message: string) => boolean;
}

/**
 * @throws RangeError for a regular expression that {@link parseLogFilter} would have refused.
 */
export function compileFilter(filter: LogFilter): CompiledFilter {
  const levels = levelsOf(filter);
  const types = filter.types === undefined ? undefined : new Set(filter.types);
  const content = contentTests(filter);
  const tests = [...headTests(filter, levels, types), ...content.tests];
  return {
    filter,
    matches: (entry) => tests.every((test) => test(entry)),
    ...(levels === undefined ? {} : { levels }),
    ...(types === undefined ? {} : { types }),
    literalSets: content.literalSets,
    needsParse: content.tests.length > 0,
    isHeavy: content.pattern !== undefined && !content.pattern.isNative,
    ...soleSearchOf(filter),
    ...soleMessageTestOf(filter, content),
  };
}

function soleSearchOf({ search, regex, metadata }: LogFilter): { soleSearch?: string } {
  if (search === undefined || regex !== undefined || metadata !== undefined) return {};
  return { soleSearch: foldCase(search) };
}

function soleMessageTestOf(
  { search, metadata }: LogFilter,
  { pattern }: ContentTests,
): { soleMessageTest?: (message: string) => boolean } {
  if (pattern === undefined || search !== undefined || metadata !== undefined) return {};
  return { soleMessageTest: (message) => pattern.testAscii(message) };
}

type EntryTest = (entry: LogEntry) => boolean;

function levelsOf({ levels, minLevel }: LogFilter): ReadonlySet<string> | undefined {
  if (levels === undefined && minLevel === undefined) return undefined;
  const named = levels ?? SYSTEM_LEVELS;
  return new Set(named.filter((level) => levelAtLeast(level, minLevel ?? 'debug')));
}

function headTests(
  { startMs, endMs }: LogFilter,
  levels: ReadonlySet<string> | undefined,
  types: ReadonlySet<EntryType> | undefined,
): EntryTest[] {
  const tests: EntryTest[] = [];
  if (startMs !== undefined) tests.push((entry) => Date.parse(entry.timestamp) >= startMs);
  if (endMs !== undefined) tests.push((entry) => Date.parse(entry.timestamp) <= endMs);
  if (levels !== undefined) tests.push((entry) => levels.has(entry.level));
  if (types !== undefined) tests.push((entry) => types.has(entry.metadata.type));
  return tests;
}

interface ContentTests {
  readonly tests: readonly EntryTest[];
  readonly literalSets: readonly (readonly string[])[];
  readonly pattern: Pattern | undefined;
}

function contentTests(filter: LogFilter): ContentTests {
  const tests: EntryTest[] = [];
  const literalSets: (readonly string[])[] = [];
  for (const [key, wanted] of Object.entries(filter.metadata ?? {})) {
    tests.push(({ metadata }) => metadataEquals(metadata, key, wanted));
    if (wanted !== '') literalSets.push([foldCase(wanted)]);
  }
  if (filter.search !== undefined) {
    const needle = foldCase(filter.search);
    tests.push(
      ({ message, metadata }) =>
        foldCase(message).includes(needle) || anyLeafContains(metadata, needle),
    );
    literalSets.push([needle]);
  }
  const pattern = filter.regex === undefined ? undefined : patternOf(filter.regex);
  if (pattern !== undefined) {
    tests.push(({ message }) => pattern.test(message));
    literalSets.push(...pattern.literalSets);
  }
  return { tests, literalSets, pattern };
}

function patternOf(regex: string): Pattern {
  const compiled = compilePattern(regex);
  if (!compiled.ok) throw new RangeError(`regex: ${compiled.problem}`);
  return compiled.pattern;
}
