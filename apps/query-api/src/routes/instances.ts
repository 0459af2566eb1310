import { subjectOf } from '@mcplog/http-door';
import {
  CreateInstanceRequest,
  InstanceParams,
  type InstanceRecord,
  InstanceView,
  RenameInstanceRequest,
} from '@mcplog/protocol';
import { Type } from 'typebox';
import type { Api } from '../api.ts';
import { toInstanceView } from '../instance-changes.ts';

const Answer = Type.Object({ data: InstanceView });
const ListAnswer = Type.Object({ data: Type.Array(InstanceView) });
const tags = ['instances'];

/** One's own instances: list, make, rename, start, stop, restart, delete. */
export function addInstanceRoutes(api: Api): void {
  const { app, registry, access, changes } = api;
  const view = (record: InstanceRecord) => ({
    data: toInstanceView(record, registry.instance_status.get(record.id)),
  });

  app.get(
    '/api/v1/mcps',
    { schema: { tags, response: { 200: ListAnswer } }, config: { action: 'instance.read' } },
    (request) => {
      const me = subjectOf(request).userId;
      const own = registry.instances.list().filter(({ userId }) => userId === me);
      const oldestFirst = own.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
      return { data: oldestFirst.map((record) => view(record).data) };
    },
  );

  app.post(
    '/api/v1/mcps',
    {
      schema: { tags, body: CreateInstanceRequest, response: { 201: Answer } },
      config: { action: 'instance.change' },
    },
    async (request, reply) => {
      const record = await changes.create(subjectOf(request).userId, request.body);
      api.audit(request, 'instance_created', record);
      return reply.code(201).send(view(record));
    },
  );

  app.get(
    '/api/v1/mcps/:instanceId',
    {
      schema: { tags, params: InstanceParams, response: { 200: Answer } },
      config: { action: 'instance.read' },
    },
    (request) => view(access.instance(request, 'instance.read', request.params.instanceId)),
  );

  app.patch(
    '/api/v1/mcps/:instanceId',
    {
      schema: {
        tags,
        params: InstanceParams,
        body: RenameInstanceRequest,
        response: { 200: Answer },
      },
      config: { action: 'instance.change' },
    },
    async (request) => {
      const { id } = access.instance(request, 'instance.change', request.params.instanceId);
      const record = await changes.rename(id, request.body.name);
      api.audit(request, 'instance_renamed', record);
      return view(record);
    },
  );

  app.delete(
    '/api/v1/mcps/:instanceId',
    { schema: { tags, params: InstanceParams }, config: { action: 'instance.change' } },
    async (request, reply) => {
      const record = access.instance(request, 'instance.change', request.params.instanceId);
      await changes.delete(record.id);
      api.audit(request, 'instance_deleted', record);
      return reply.code(204).send();
    },
  );

  addStateRoutes(api);
}

/** `POST …/start|stop|restart`: the answer shows what is wanted, the state follows. */
function addStateRoutes(api: Api): void {
  const { app, registry, access, changes } = api;
  for (const verb of ['start', 'stop', 'restart'] as const) {
    app.post(
      `/api/v1/mcps/:instanceId/${verb}`,
      {
        schema: { tags, params: InstanceParams, response: { 202: Answer } },
        config: { action: 'instance.change' },
      },
      async (request, reply) => {
        const { instanceId } = request.params;
        const { id } = access.instance(request, 'instance.change', instanceId);
        const record = await changes[verb](id);
        api.audit(request, `instance_${verb}`, record);
        const data = toInstanceView(record, registry.instance_status.get(id));
        return reply.code(202).send({ data });
      },
    );
  }
}
