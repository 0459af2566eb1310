import { authorize, reportAccess, subjectOf } from '@mcplog/http-door';
import { SYSTEM_CATEGORIES } from '@mcplog/log-entry';
import { InstanceParams, McplogError } from '@mcplog/protocol';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Gateway } from '../gateway.ts';
import { instancePlan, systemPlan } from '../live-source.ts';
import { serveTail } from '../tail-socket.ts';
import { redeemTicket, SYSTEM_TICKET } from '../tickets.ts';

const ticket = Type.Optional(Type.String({ minLength: 1, maxLength: 128 }));
const TailQuery = Type.Object({ ticket }, { additionalProperties: false });
const SystemTailQuery = Type.Object(
  { ticket, category: Type.Optional(Type.Enum([...SYSTEM_CATEGORIES])) },
  { additionalProperties: false },
);

/** The WebSockets; everything is refused before the upgrade or not at all. */
export function addTailRoutes(gateway: Gateway): void {
  const { app, registry, reader, hub, open } = gateway;

  app.get(
    '/ws/mcps/:instanceId/logs',
    {
      websocket: true,
      schema: { params: InstanceParams, querystring: TailQuery },
      config: { public: true, action: 'logs.tail' },
      preHandler: async (request) => {
        const { instanceId } = request.params;
        await admit(gateway, request, { ticket: request.query.ticket, object: instanceId });
        const ownerId = registry.instances.get(instanceId)?.userId;
        authorize(request, 'logs.tail', { id: instanceId, ownerId });
        open.assertRoom(subjectOf(request).userId);
      },
    },
    (socket, request) => {
      const { instanceId } = request.params;
      const ownerId = registry.instances.get(instanceId)?.userId;
      if (ownerId === undefined) {
        socket.close(1011, 'the instance is gone');
        return;
      }
      reportAccess(request, 101);
      const plan = instancePlan(reader, ownerId, instanceId);
      serveTail(socket, { plan, hub, open, subject: subjectOf(request) });
    },
  );

  app.get(
    '/ws/admin/logs',
    {
      websocket: true,
      schema: { querystring: SystemTailQuery },
      config: { public: true, action: 'systemLogs.tail' },
      preHandler: async (request) => {
        await admit(gateway, request, { ticket: request.query.ticket, object: SYSTEM_TICKET });
        authorize(request, 'systemLogs.tail');
        open.assertRoom(subjectOf(request).userId);
      },
    },
    (socket, request) => {
      reportAccess(request, 101);
      const { category } = request.query;
      const plan = systemPlan(reader, category === undefined ? undefined : [category]);
      serveTail(socket, { plan, hub, open, subject: subjectOf(request) });
    },
  );
}

/**
 * A browser comes with a ticket, a program with a Bearer header. The session cookie alone is not
 * enough: browsers send it along with whatever page opens a socket.
 */
async function admit(
  { registry }: Gateway,
  request: FastifyRequest,
  wanted: { readonly ticket?: string | undefined; readonly object: string },
): Promise<void> {
  if (wanted.ticket !== undefined) {
    request.subject = await redeemTicket(registry, wanted.ticket, wanted.object);
  } else if (request.headers.authorization === undefined) {
    request.subject = undefined;
  }
  if (request.subject !== undefined) return;
  const how = 'give a fresh ?ticket=… or an Authorization header';
  throw new McplogError('MCPLOG_NOT_LOGGED_IN', `This WebSocket is not open to you: ${how}.`);
}
