/** What a request wanted, whether it was allowed, and the one report of it. */
import { type Action, decide } from '@mcplog/access-control';
import { McplogError } from '@mcplog/protocol';
import type { FastifyRequest } from 'fastify';
import { notLoggedIn, type RequestSubject } from './authentication.ts';

export type AccessOutcome = 'allowed' | 'denied' | 'hidden';

/** One request, as audit, security and performance logs want it. Reported once. */
export interface AccessEvent {
  readonly requestId: string;
  readonly subject: RequestSubject | undefined;
  /** The action decided on; else the route's `config.action`; else method and route pattern. */
  readonly action: string;
  /** The instance or other thing it was about. */
  readonly object: string | undefined;
  readonly outcome: AccessOutcome;
  readonly method: string;
  /** The pattern, such as `/api/v1/mcps/:instanceId/logs`; `unknown` without a route. */
  readonly route: string;
  readonly status: number;
  readonly address: string;
  /** Until the last byte was handed over, milliseconds. */
  readonly durationMs: number;
}

/** An instance named in a path; `ownerId` is undefined when there is no such instance. */
export interface AccessTarget {
  readonly id: string;
  readonly ownerId: string | undefined;
}

/** Kept on the request until it is reported. */
export interface AccessNote {
  action?: string;
  object?: string;
  outcome?: AccessOutcome;
  reported?: boolean;
}

/** @throws McplogError 401 on a public route that nobody logged in for. */
export function subjectOf(request: FastifyRequest): RequestSubject {
  if (!request.subject) throw notLoggedIn();
  return request.subject;
}

/**
 * Lets the request go on, or ends it. The decision is noted for the access report.
 * @throws McplogError 404 when the subject may not know of the object (exactly as when it does not
 * exist), 403 when it may know of it but not do this.
 */
export function authorize(request: FastifyRequest, action: Action, target?: AccessTarget): void {
  const subject = subjectOf(request);
  const ownerId = target?.ownerId;
  const decision = decide(subject, action, ownerId === undefined ? undefined : { ownerId });
  const note = request.access;
  note.action = action;
  if (target) note.object = target.id;
  switch (decision) {
    case 'allow':
      note.outcome = 'allowed';
      return;
    case 'deny':
      note.outcome = 'denied';
      throw new McplogError('MCPLOG_FORBIDDEN', `the role ${subject.role} may not do ${action}`);
    case 'hide':
      note.outcome = 'hidden';
      throw new McplogError('MCPLOG_NOT_FOUND', `there is no ${target?.id ?? 'such instance'}`);
  }
}

export function accessEvent(
  request: FastifyRequest,
  status: number,
  durationMs: number,
): AccessEvent {
  const { access, subject, method, routeOptions } = request;
  const route = routeOptions.url ?? 'unknown';
  return {
    requestId: request.id,
    subject,
    action: access.action ?? routeOptions.config?.action ?? `${method} ${route}`,
    object: access.object,
    outcome: access.outcome ?? ([401, 403, 429].includes(status) ? 'denied' : 'allowed'),
    method,
    route,
    status,
    address: request.ip,
    durationMs,
  };
}
