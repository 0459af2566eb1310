import type { LogEntry } from '@mcplog/log-entry';
import type { CallView } from '@mcplog/protocol';

/** Outcomes of calls that did not do what was asked; a cancelled call is its client's wish. */
const FAILED = new Set(['tool_error', 'rpc_error', 'suspected_error', 'timeout', 'unanswered']);

export function isFailed(outcome: string): boolean {
  return FAILED.has(outcome);
}

/** A call's entry in access.log as the API shows it. */
export function toCallView({ timestamp, level, metadata }: LogEntry): CallView {
  const text = (key: string) => (metadata[key] === undefined ? null : `${metadata[key]}`);
  const number = (key: string) => {
    const value = metadata[key];
    return typeof value === 'number' ? value : null;
  };
  return {
    call_id: text('callId') ?? '',
    seq: metadata.seq,
    time: timestamp,
    direction: metadata.direction === 'server' ? 'server' : 'client',
    method: text('mcp.method.name') ?? '',
    target: text('gen_ai.tool.name') ?? text('gen_ai.prompt.name') ?? text('mcp.resource.uri'),
    outcome: text('outcome') ?? '',
    level,
    reason: text('reason'),
    error_code: text('rpc.response.status_code'),
    error_message: text('errorMessage'),
    duration_ms: number('durationMs'),
    request_bytes: number('requestBytes'),
    response_bytes: number('responseBytes'),
    request_id: text('jsonrpc.request.id'),
    session_id: text('mcp.session.id'),
    protocol_version: text('mcp.protocol.version'),
    chain_id: text('chainId'),
    chain_step: number('chainStep'),
    arguments: text('gen_ai.tool.call.arguments'),
    result: text('gen_ai.tool.call.result'),
  };
}
