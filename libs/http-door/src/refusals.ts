/** Turns everything that can go wrong in fastify into a McplogError with all its problems. */
import { type ErrorCode, type ErrorDetail, McplogError } from '@mcplog/protocol';
import type { FastifyError, FastifyRequest, FastifySchemaValidationError } from 'fastify';

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'MCPLOG_NOT_LOGGED_IN',
  403: 'MCPLOG_FORBIDDEN',
  404: 'MCPLOG_NOT_FOUND',
  405: 'MCPLOG_METHOD_NOT_ALLOWED',
  409: 'MCPLOG_CONFLICT',
  413: 'MCPLOG_TOO_LARGE',
  415: 'MCPLOG_UNSUPPORTED_MEDIA_TYPE',
  429: 'MCPLOG_TOO_MANY_REQUESTS',
  503: 'MCPLOG_SERVICE_UNAVAILABLE',
};

/** The parts of an object schema that messages quote. */
interface ObjectSchemaView {
  readonly properties?: Record<string, unknown>;
  readonly patternProperties?: Record<string, unknown>;
}

/** What the caller is told; undefined for an error of our own, which is logged and not shown. */
export function refusalOf(error: FastifyError, request: FastifyRequest): McplogError | undefined {
  if (error instanceof McplogError) return error;
  if (error.validation) return validationRefusal(error.validation, error, request);
  const status = error.statusCode ?? (error as { status?: number }).status ?? 500;
  if (status < 400 || status >= 500) return undefined;
  const code = CODE_OF_STATUS[status] ?? 'MCPLOG_BAD_REQUEST';
  return new McplogError(code, messageOf(error, status, request));
}

function messageOf(error: FastifyError, status: number, request: FastifyRequest): string {
  if (status === 413) {
    return `the body is larger than ${request.routeOptions.bodyLimit} bytes`;
  }
  if (status === 415) {
    const type = request.headers['content-type'] ?? 'none';
    return `the content type ${JSON.stringify(type.slice(0, 128))} is not accepted here`;
  }
  if (error instanceof SyntaxError) return `the body is not accepted as JSON: ${error.message}`;
  return error.message;
}

function validationRefusal(
  problems: readonly FastifySchemaValidationError[],
  error: FastifyError,
  request: FastifyRequest,
): McplogError {
  const part = error.validationContext ?? 'body';
  const schema = request.routeOptions.schema?.[part as 'body' | 'querystring' | 'params'];
  const details = problems.map((problem) => detailOf(problem, part, schema as ObjectSchemaView));
  if (part === 'params') {
    return new McplogError('MCPLOG_BAD_ID', 'the path holds an id that is not accepted', details);
  }
  const unknownParameter =
    part === 'querystring' && problems.some((p) => p.keyword === 'additionalProperties');
  if (unknownParameter) {
    return new McplogError('MCPLOG_UNKNOWN_PARAMETER', 'a query parameter is unknown', details);
  }
  const where = part === 'querystring' ? 'query' : part;
  return new McplogError('MCPLOG_BAD_REQUEST', `the ${where} is not accepted`, details);
}

function detailOf(
  problem: FastifySchemaValidationError,
  part: string,
  schema: ObjectSchemaView | undefined,
): ErrorDetail {
  const root = part === 'querystring' ? 'query' : part;
  const at = [root, ...problem.instancePath.split('/').slice(1)];
  const params = problem.params as Record<string, unknown>;
  const message = problem.message ?? 'is not accepted';
  switch (problem.keyword) {
    case 'required':
      return { path: join(at, params.missingProperty), problem: 'is required' };
    case 'additionalProperties': {
      const accepted = at.length === 1 ? `; accepted: ${acceptedNames(schema)}` : '';
      return { path: join(at, params.additionalProperty), problem: `is unknown${accepted}` };
    }
    case 'enum':
      return { path: join(at), problem: `must be one of ${listed(params.allowedValues)}` };
    default:
      return { path: join(at), problem: message };
  }
}

export function acceptedNames(schema: ObjectSchemaView | undefined): string {
  const patterns = Object.keys(schema?.patternProperties ?? {}).map((p) => `names matching ${p}`);
  const names = [...Object.keys(schema?.properties ?? {}), ...patterns];
  return names.length > 0 ? names.join(', ') : 'none';
}

function join(at: readonly string[], last?: unknown): string {
  return (last === undefined ? at : [...at, String(last).slice(0, 128)]).join('.');
}

function listed(values: unknown): string {
  return Array.isArray(values) ? values.join(', ') : String(values);
}
