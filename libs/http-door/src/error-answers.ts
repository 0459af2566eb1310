/** Every failure leaves as `{"error":{code,message,details}}`, whichever layer found it. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type ErrorCode, McplogError } from '@mcplog/protocol';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { DoorApp } from './door-options.ts';
import { refusalOf } from './refusals.ts';
import type { RouteTable } from './route-table.ts';

export function installErrorAnswers(app: DoorApp, routes: RouteTable): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => answerError(error, request, reply));
  app.setNotFoundHandler((request) => {
    const path = request.raw.url?.split('?', 1)[0] ?? '';
    const methods = routes.methodsOf(path);
    if (methods.length === 0) throw new McplogError('MCPLOG_NOT_FOUND', `there is no ${path}`);
    throw new McplogError('MCPLOG_METHOD_NOT_ALLOWED', `${request.method} is not accepted here`, [
      { path: 'method', problem: `accepted: ${methods.join(', ')}` },
    ]);
  });
}

export function answerError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const refusal = refusalOf(error, request);
  if (!refusal) request.log.error({ err: error }, 'a request failed inside the service');
  const answer = refusal ?? internalError(request.id);
  if (answer.status === 401) reply.header('www-authenticate', 'Bearer');
  if (answer.code === 'MCPLOG_METHOD_NOT_ALLOWED') {
    reply.header('allow', answer.details[0]?.problem.replace('accepted: ', '') ?? '');
  }
  // A handler that streamed something else may have set its own type and length.
  reply.removeHeader('content-length').removeHeader('content-encoding');
  // A connection closed on a body that still comes is reset, and the answer with it: a sender that
  // goes on sending would never see it. Kept open, the rest is read and thrown away.
  if (answer.status === 413) reply.removeHeader('connection');
  return reply
    .code(answer.status)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(answer.toBody());
}

/** The cause stays in our log; the request id is what the caller can quote. */
function internalError(requestId: string): McplogError {
  return new McplogError(
    'MCPLOG_INTERNAL',
    `something failed inside the service; the log has it under request id ${requestId}`,
  );
}

/** For a URL that fastify could not route at all; its hooks do not run then. */
export function answerUnroutable(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const refusal = new McplogError('MCPLOG_BAD_REQUEST', 'the path is not accepted', [
    { path: 'path', problem: error.message },
  ]);
  const body = JSON.stringify(refusal.toBody());
  request.log.info({ status: refusal.status }, 'a path could not be routed');
  reply.raw.writeHead(refusal.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-request-id': request.id,
  });
  reply.raw.end(body);
}

const CLIENT_ERRORS: Readonly<Record<string, readonly [number, ErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'MCPLOG_TOO_LARGE', 'the headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'MCPLOG_BAD_REQUEST', 'the request took too long to arrive'],
};

/** Bytes that are not HTTP: there is no request yet, so the answer is written to the socket. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, code, message] = CLIENT_ERRORS[error.code ?? ''] ?? [
    400,
    'MCPLOG_BAD_REQUEST',
    'this is not HTTP as it should be',
  ];
  const body = JSON.stringify(new McplogError(code as ErrorCode, message).toBody());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
