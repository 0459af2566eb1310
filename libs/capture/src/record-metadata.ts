import type { Call } from './call.ts';
import type { ServerLog } from './call-reading.ts';
import { LINE_FLAGS } from './line-text.ts';
import type { MetadataFragment } from './metadata-fragment.ts';
import type { GroupedRecord } from './record-grouper.ts';

/** Writes a call that is masked already. Names follow OpenTelemetry's conventions for MCP where it has one. */
export function writeCall(fragment: MetadataFragment, call: Call): MetadataFragment {
  const { outcome, errorCode } = call;
  return fragment
    .word('mcp.method.name', call.method)
    .word('gen_ai.tool.name', call.toolName)
    .word('gen_ai.prompt.name', call.promptName)
    .word('mcp.resource.uri', call.resourceUri)
    .word('jsonrpc.request.id', `${call.requestId}`)
    .word('mcp.session.id', call.sessionId)
    .word('rpc.response.status_code', errorCode === undefined ? undefined : `${errorCode}`)
    .word('error.type', errorType(call))
    .word('errorMessage', call.errorMessage)
    .word('traceparent', call.traceparent)
    .number('durationMs', Math.round(call.durationMs * 1000) / 1000)
    .number('requestBytes', call.requestBytes)
    .number('responseBytes', call.responseBytes)
    .number('progressCount', call.progressCount === 0 ? undefined : call.progressCount)
    .word('outcome', outcome)
    .word('reason', call.reason)
    .word('callId', call.callId)
    .word('chainId', call.chainId)
    .number('chainStep', call.chainStep)
    .word('mcp.protocol.version', call.protocolVersion)
    .word('direction', call.direction)
    .word('levelReason', 'outcome')
    .word('gen_ai.tool.call.arguments', call.arguments)
    .word('gen_ai.tool.call.result', call.result);
}

function errorType(call: Call): string | undefined {
  switch (call.outcome) {
    case 'ok':
    case 'input_required':
      return undefined;
    case 'rpc_error':
      return call.errorCode === undefined ? 'rpc_error' : `${call.errorCode}`;
    default:
      return call.outcome;
  }
}

export function writeServerLog(fragment: MetadataFragment, log: ServerLog): MetadataFragment {
  return fragment
    .word('mcp.method.name', 'notifications/message')
    .text('logger', log.logger)
    .text('severityText', log.level)
    .word('levelReason', 'field');
}

/** What is known about a text record beyond its text; nothing for an ordinary line. */
export function writeText(fragment: MetadataFragment, record: GroupedRecord): MetadataFragment {
  const { flags, moment, lines } = record;
  if (moment.call === 'ambiguous') fragment.flag('callAmbiguous', true);
  else fragment.word('callId', moment.call);
  if (lines > 1) fragment.number('lines', lines);
  if (flags !== 0) {
    fragment
      .flag('ansi', (flags & LINE_FLAGS.ansi) !== 0)
      .flag('progress', (flags & LINE_FLAGS.progress) !== 0)
      .flag('invalidUtf8', (flags & LINE_FLAGS.invalidUtf8) !== 0)
      .flag('unterminated', (flags & LINE_FLAGS.unterminated) !== 0)
      .flag('binary', (flags & LINE_FLAGS.binary) !== 0)
      .flag('cut', (flags & LINE_FLAGS.cut) !== 0);
  }
  if (record.sha256 !== '') {
    fragment.number('originalBytes', record.bytes).word('originalSha256', record.sha256);
  }
  return fragment.flag('partial', record.isPart);
}

/** An exception that was printed right behind the answer of that call, with no other in flight. */
export function writeLateText(
  fragment: MetadataFragment,
  record: GroupedRecord,
  callId: string,
): MetadataFragment {
  return writeText(fragment.word('callId', callId).flag('callLate', true), record);
}
