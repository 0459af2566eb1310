import { BadCursorError, QueryTimeoutError } from '@mcplog/log-store/reader';
import { BusUnavailableError, RevisionConflictError } from '@mcplog/message-bus';
import { McplogError } from '@mcplog/protocol';

/** What a caller may know of an error of the bus or the store; any other error as it is. */
export function asRefusal(error: unknown): unknown {
  if (error instanceof BusUnavailableError) {
    return new McplogError(
      'MCPLOG_BUS_UNAVAILABLE',
      'the message bus is away: nothing can be changed until it is back; try again in a moment',
    );
  }
  if (error instanceof RevisionConflictError) {
    return new McplogError('MCPLOG_CONFLICT', 'somebody else is changing this; try again');
  }
  if (error instanceof BadCursorError) {
    return new McplogError('MCPLOG_BAD_CURSOR', 'the cursor is not one of ours', [
      { path: 'query.cursor', problem: 'accepted: next_cursor of an earlier answer' },
    ]);
  }
  if (error instanceof QueryTimeoutError) {
    return new McplogError('MCPLOG_QUERY_TIMEOUT', error.message);
  }
  return error;
}
