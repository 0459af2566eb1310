import type { LogEntry } from '@mcplog/log-entry';

/** What a row says about an entry beside its text. */
export interface EntryFacts {
  /** The tool, the method or the kind of stream. */
  readonly source: string;
  /** The metadata key that filters by the source. */
  readonly sourceKey: string;
  readonly outcome: string | undefined;
  readonly duration: string | undefined;
}

/** How a call can end other than well; what a message says itself is not said again. */
const BAD_OUTCOMES = [
  'tool_error',
  'rpc_error',
  'timeout',
  'cancelled',
  'input_required',
  'suspected_error',
  'denied',
];

/** Reads the facts of an entry; names follow OpenTelemetry's MCP conventions. */
export function factsOf({ message, metadata }: LogEntry): EntryFacts {
  const tool = textOf(metadata['gen_ai.tool.name']);
  const method = textOf(metadata['mcp.method.name']);
  const outcome = textOf(metadata.outcome);
  const duration = metadata.durationMs;
  return {
    source: tool ?? method ?? metadata.type,
    sourceKey: tool ? 'gen_ai.tool.name' : method ? 'mcp.method.name' : 'type',
    outcome: BAD_OUTCOMES.find((bad) => bad === outcome && !message.includes(bad)),
    duration: typeof duration === 'number' ? durationWords(duration) : undefined,
  };
}

/** `0.4 ms`, `12 ms`, `3.2 s`. */
export function durationWords(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms < 1 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** Every field of an entry as text, the ones that say most first; objects as JSON. */
export function fieldsOf(entry: LogEntry): { name: string; text: string; filterable: boolean }[] {
  return Object.entries(entry.metadata).map(([name, value]) => ({
    name,
    text: typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null'),
    filterable: typeof value !== 'object' && name !== 'seq',
  }));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
