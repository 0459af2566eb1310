import { authorize } from '@mcplog/http-door';
import type { InstanceRecord, InstanceStatus } from '@mcplog/protocol';
import { Type } from 'typebox';
import type { Api } from '../api.ts';

/** What an administrator may see of anybody's instance: that it exists and how it fares. */
const InstanceOverview = Type.Object({
  id: Type.String(),
  user_id: Type.String(),
  username: Type.Union([Type.String(), Type.Null()]),
  service: Type.String(),
  name: Type.String(),
  status: Type.String(),
  desired: Type.String(),
  created_at: Type.String(),
  changed_at: Type.Union([Type.String(), Type.Null()]),
  run: Type.Integer(),
});

export function addAdminInstanceRoutes({ app, registry, accounts }: Api): void {
  app.get(
    '/api/v1/admin/instances',
    {
      schema: {
        tags: ['instances'],
        response: { 200: Type.Object({ data: Type.Array(InstanceOverview) }) },
      },
      config: { action: 'admin.read' },
    },
    async (request) => {
      authorize(request, 'admin.read');
      const oldestFirst = registry.instances
        .list()
        .toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
      return {
        data: oldestFirst.map((record) => ({
          ...overviewOf(record, registry.instance_status.get(record.id)),
          username: accounts.find(record.userId)?.username ?? null,
        })),
      };
    },
  );
}

function overviewOf(record: InstanceRecord, status: InstanceStatus | undefined) {
  const { id, userId, service, name, desired, createdAt } = record;
  return {
    id,
    user_id: userId,
    service,
    name,
    status: status?.state ?? 'unknown',
    desired,
    created_at: createdAt,
    changed_at: status?.changedAt ?? null,
    run: status?.run ?? 0,
  };
}
