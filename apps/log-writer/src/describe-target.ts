import type { LogTarget } from '@mcplog/log-store/writer';

/** A log in words that an operator finds again on the disk. */
export function describeTarget(target: LogTarget): string {
  if (target.kind === 'system') return `system/${target.category}.log`;
  return `user_${target.userId}/mcp_${target.instanceId}/${target.file}.log`;
}
