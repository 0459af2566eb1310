import { authorize } from '@mcplog/http-door';
import { HealthAnswer, SystemLogAnswer, SystemLogQuery } from '@mcplog/protocol';
import type { Api } from '../api.ts';

const tags = ['system'];

/** The system's own logs and the health of the log system. */
export function addSystemLogRoutes({ app, systemLogs, health }: Api): void {
  app.get(
    '/api/v1/admin/logs/system',
    {
      schema: { tags, querystring: SystemLogQuery, response: { 200: SystemLogAnswer } },
      config: { action: 'systemLogs.read' },
    },
    async (request) => {
      authorize(request, 'systemLogs.read');
      return { data: await systemLogs.search(request.query) };
    },
  );

  app.get(
    '/api/v1/admin/logs/health',
    {
      schema: { tags, response: { 200: HealthAnswer } },
      config: { action: 'health.read' },
    },
    async (request) => {
      authorize(request, 'admin.read');
      // Pages ask every few seconds: a refusal is told, an answer is no administrative act.
      request.access.action = 'health.read';
      return { data: await health.read() };
    },
  );
}
