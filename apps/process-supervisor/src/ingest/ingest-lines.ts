import {
  type ErrorDetail,
  INGEST_LINES_MAX,
  IngestLine,
  McplogError,
  RECORD_METADATA_BYTES_MAX,
} from '@mcplog/protocol';
import { Compile } from 'typebox/compile';

const LINE = Compile(IngestLine);
const PROBLEMS_SHOWN = 20;
/** Written by the log-writer itself: a second one in a line would shadow it. */
const RESERVED_KEYS = new Set(['seq', 'type', 'instanceId', 'userId', 'service']);
const DEPTH_MAX = 4;

/**
 * The lines of an application/x-ndjson body, n rising by 1.
 * @throws McplogError naming every line that does not fit, up to 20
 */
export function parseIngestLines(body: string): IngestLine[] {
  const texts = body.split('\n').filter((text) => text.trim() !== '');
  if (texts.length > INGEST_LINES_MAX) {
    throw refuse([{ path: 'body', problem: `more than ${INGEST_LINES_MAX} lines` }]);
  }
  const problems: ErrorDetail[] = [];
  const lines: IngestLine[] = [];
  for (const [i, text] of texts.entries()) {
    const found = parseLine(text, lines.at(-1)?.n);
    if (typeof found !== 'string') lines.push(found);
    else problems.push({ path: `line ${i + 1}`, problem: found });
    if (problems.length === PROBLEMS_SHOWN) break;
  }
  if (problems.length > 0) throw refuse(problems);
  return lines;
}

/** The line, or what is wrong with it. */
function parseLine(text: string, before: number | undefined): IngestLine | string {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return 'is not JSON';
  }
  if (!LINE.Check(line)) {
    const [first] = LINE.Errors(line);
    return `${first?.instancePath ?? ''} ${first?.message ?? 'is not accepted'}`.trim();
  }
  if (before !== undefined && line.n !== before + 1) return `n must be ${before + 1}`;
  return line;
}

/**
 * Metadata of a client as the inside of a JSON object: reserved names and what lies too deep is
 * left out, every text masked.
 */
export function encodeMetadata(
  metadata: Readonly<Record<string, unknown>> | undefined,
  mask: (text: string) => string,
): string {
  if (metadata === undefined) return '';
  const own = Object.entries(metadata).filter(([key]) => !RESERVED_KEYS.has(key));
  const inside = JSON.stringify(maskDeep(Object.fromEntries(own), mask, DEPTH_MAX)).slice(1, -1);
  return Buffer.byteLength(inside) > RECORD_METADATA_BYTES_MAX ? '"metadataCut":true' : inside;
}

function maskDeep(value: unknown, mask: (text: string) => string, depth: number): unknown {
  if (typeof value === 'string') return mask(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return undefined;
  if (Array.isArray(value)) return value.map((item) => maskDeep(item, mask, depth - 1));
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, item]) => [mask(key), maskDeep(item, mask, depth - 1)]),
  );
}

function refuse(details: ErrorDetail[]): McplogError {
  return new McplogError('MCPLOG_BAD_REQUEST', 'the body is not accepted', details);
}
