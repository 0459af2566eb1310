/**
 * Query parameters arrive as text. Those whose schema says number or boolean are converted, when
 * they are written exactly as one; everything else is left for validation to refuse. (Ajv's own
 * coercion also takes `1e3`, and works on bodies, where a type must be right.)
 */
import { McplogError } from '@mcplog/protocol';
import type { FastifyRequest } from 'fastify';

const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;

interface QuerySchemaView {
  readonly properties?: Record<string, { readonly type?: string }>;
}

/** @throws McplogError 400 for parameters of a route that takes none. */
export function convertQuery(request: FastifyRequest): void {
  const query = request.query as Record<string, unknown>;
  const names = Object.keys(query);
  if (names.length === 0) return;
  const schema = request.routeOptions.schema?.querystring as QuerySchemaView | undefined;
  if (!schema) refuseAll(request, names);
  for (const name of names) query[name] = converted(query[name], schema?.properties?.[name]?.type);
}

function converted(value: unknown, type: string | undefined): unknown {
  if (typeof value !== 'string') return value;
  if ((type === 'integer' || type === 'number') && NUMBER.test(value)) return Number(value);
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function refuseAll(request: FastifyRequest, names: readonly string[]): void {
  if (request.is404 || request.routeOptions.config.anyQuery) return;
  throw new McplogError(
    'MCPLOG_UNKNOWN_PARAMETER',
    'a query parameter is unknown',
    names.map((name) => ({
      path: `query.${name.slice(0, 128)}`,
      problem: 'is unknown; accepted: none',
    })),
  );
}
