import { describeFilter, type LogFilter, parseLogFilter } from '@mcplog/log-query';
import { McplogError } from '@mcplog/protocol';

/** @throws McplogError listing every problem of the filters at once */
export function readLogFilter(parameters: Readonly<Record<string, unknown>>): LogFilter {
  const parsed = parseLogFilter(parameters);
  if (parsed.ok) return parsed.filter;
  const onlyRegex = parsed.problems.every(({ path }) => path === 'regex');
  throw new McplogError(
    onlyRegex ? 'MCPLOG_BAD_REGEX' : 'MCPLOG_BAD_REQUEST',
    parsed.problems.map(({ path, problem }) => `${path}: ${problem}`).join('; '),
    parsed.problems,
  );
}

/** The seed's `filters_applied`. */
export function filtersApplied(filter: LogFilter): Record<string, unknown> {
  return { ...describeFilter(filter) };
}
