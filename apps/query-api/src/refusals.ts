import {
  BadCursorError,
  FilesMovingError,
  QueryTimeoutError,
  ScanWorkerError,
} from '@mcplog/log-store/reader';
import { BusUnavailableError, RevisionConflictError } from '@mcplog/message-bus';
import { McplogError } from '@mcplog/protocol';

/** What the caller may know of an error of the store or the bus; other errors go on as they are. */
export function refuse(error: unknown): never {
  if (error instanceof BadCursorError) throw new McplogError('MCPLOG_BAD_CURSOR', error.message);
  if (error instanceof QueryTimeoutError) {
    throw new McplogError('MCPLOG_QUERY_TIMEOUT', error.message);
  }
  if (error instanceof ScanWorkerError || error instanceof FilesMovingError) {
    const advice = 'The search was interrupted; try again.';
    throw new McplogError('MCPLOG_SERVICE_UNAVAILABLE', advice);
  }
  if (error instanceof BusUnavailableError) {
    const advice = 'Nothing can be changed while the message bus is away; try again in a moment.';
    throw new McplogError('MCPLOG_BUS_UNAVAILABLE', advice);
  }
  if (error instanceof RevisionConflictError) {
    throw new McplogError('MCPLOG_CONFLICT', 'This is being changed by others; try again.');
  }
  throw error;
}
