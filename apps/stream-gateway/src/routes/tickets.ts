import { authorize, subjectOf } from '@mcplog/http-door';
import { InstanceParams, TicketAnswer } from '@mcplog/protocol';
import type { Gateway } from '../gateway.ts';
import { issueTicket, SYSTEM_TICKET } from '../tickets.ts';

const schema = { tags: ['live'], response: { 200: TicketAnswer } };

/** Tickets for WebSocket connections, given to whoever may read the logs. */
export function addTicketRoutes({ app, registry }: Gateway): void {
  app.post(
    '/api/v1/mcps/:instanceId/logs/ticket',
    { schema: { ...schema, params: InstanceParams }, config: { action: 'logs.tail' } },
    async (request) => {
      const { instanceId } = request.params;
      const ownerId = registry.instances.get(instanceId)?.userId;
      authorize(request, 'logs.tail', { id: instanceId, ownerId });
      return { data: { ticket: await issueTicket(registry, subjectOf(request), instanceId) } };
    },
  );

  app.post(
    '/api/v1/admin/logs/ticket',
    { schema, config: { action: 'systemLogs.tail' } },
    async (request) => {
      authorize(request, 'systemLogs.tail');
      return { data: { ticket: await issueTicket(registry, subjectOf(request), SYSTEM_TICKET) } };
    },
  );
}
