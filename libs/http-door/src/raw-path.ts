/**
 * Which request targets are refused before anything looks at them. Each refused form is one that
 * two programs read differently: a proxy and a router, or a check that decodes once and a file
 * system call that decodes again. Nothing is rewritten: the path that was checked is the path that
 * is routed.
 */
import { InstanceParams, McplogError } from '@mcplog/protocol';

const { pattern: ID_PATTERN } = InstanceParams.properties.instanceId as { pattern?: string };

/** Encoded `/ \ . % ;`, controls and DEL: no id and none of our routes needs them. */
const ENCODED_TRICK = /%(?:2f|5c|2e|25|3b|[01][0-9a-f]|7f)/i;
const BAD_ESCAPE = /%(?![0-9a-f]{2})/i;
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/;
/** Anything but printable ASCII; also `\ ; #`, which some programs treat as separators. */
const BAD_CHARACTER = /[^\x21-\x7e]|[\\;#]/;

/** @throws McplogError 400 for a target that could be read in two ways. */
export function assertPlainPath(target: string): void {
  const path = target.split('?', 1)[0] ?? '';
  if (!path.startsWith('/')) throw refuse('it must begin with /');
  if (path.includes('//')) throw refuse('an empty segment (//) is not accepted');
  if (DOT_SEGMENT.test(path)) throw refuse('the segments . and .. are not accepted');
  if (BAD_CHARACTER.test(path)) throw refuse('it holds a character that must not stand there');
  if (BAD_ESCAPE.test(path)) throw refuse('% must be followed by two hexadecimal digits');
  if (ENCODED_TRICK.test(path)) {
    throw new McplogError('MCPLOG_BAD_ID', 'the path holds an encoded separator, dot or control', [
      { path: 'path', problem: `ids are decoded exactly once and must match ${ID_PATTERN}` },
    ]);
  }
}

function refuse(problem: string): McplogError {
  return new McplogError('MCPLOG_BAD_REQUEST', 'the path is not accepted', [
    { path: 'path', problem },
  ]);
}
