import type { LogEntry } from '@mcplog/log-entry';
import type { CallAnswer, CallsPage, CallView, ProtocolAnswer } from '@mcplog/protocol';
import { callApi, type Params } from './client.ts';

export type Calls = CallsPage['data'];
export type ToolGroup = NonNullable<Calls['tools']>[number];
export type Sample = NonNullable<Calls['sample']>;
export type Protocol = NonNullable<ProtocolAnswer['data']>;
export type { CallView };

/** A call with the entries that were printed during it. */
export type OpenedCall = Omit<CallAnswer['data'], 'printed' | 'ambiguous'> & {
  readonly printed: LogEntry[];
  readonly ambiguous: LogEntry[];
};

export function readCalls(instanceId: string, params: Params, signal: AbortSignal): Promise<Calls> {
  return callApi(`/api/v1/mcps/${instanceId}/calls`, { params, signal });
}

export function readCall(
  instanceId: string,
  callId: string,
  signal: AbortSignal,
): Promise<OpenedCall> {
  return callApi(`/api/v1/mcps/${instanceId}/calls/${callId}`, { signal });
}

/** Null before the server has said anything. */
export function readProtocol(instanceId: string, signal: AbortSignal): Promise<Protocol | null> {
  return callApi(`/api/v1/mcps/${instanceId}/protocol`, { signal });
}
