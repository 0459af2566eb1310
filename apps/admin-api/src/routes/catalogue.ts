import { authorize } from '@mcplog/http-door';
import { CatalogueItem, McplogError, PutCatalogueItemRequest } from '@mcplog/protocol';
import { Type } from 'typebox';
import type { Api } from '../api.ts';

const tags = ['catalogue'];
const path = '/api/v1/admin/catalogue/:service';
const ItemParams = Type.Object({ service: CatalogueItem.properties.service });

/** What instances can be made from. Whether a command exists is the supervisor's to find out. */
export function addCatalogueRoutes({ app, registry, tell }: Api): void {
  app.get(
    '/api/v1/admin/catalogue',
    {
      schema: { tags, response: { 200: Type.Object({ data: Type.Array(CatalogueItem) }) } },
      config: { action: 'admin.read' },
    },
    async (request) => {
      authorize(request, 'admin.read');
      const items = registry.catalogue.list();
      return { data: items.toSorted((a, b) => (a.service < b.service ? -1 : 1)) };
    },
  );

  app.put(
    path,
    {
      schema: {
        tags,
        params: ItemParams,
        body: PutCatalogueItemRequest,
        response: { 200: Type.Object({ data: CatalogueItem }) },
      },
      config: { action: 'admin.change' },
    },
    async (request) => {
      authorize(request, 'admin.change');
      const { service } = request.params;
      const item: CatalogueItem = {
        service,
        args: [],
        env: {},
        transport: 'stdio',
        routing: { stderr: 'error-log' },
        ...request.body,
        updatedAt: new Date().toISOString(),
      };
      await registry.catalogue.put(service, item);
      tell('audit', request, {
        event: 'catalogue_item_put',
        message: `catalogue item ${service} was set`,
        facts: { itemService: service, command: item.command },
      });
      return { data: item };
    },
  );

  app.delete(
    path,
    { schema: { tags, params: ItemParams }, config: { action: 'admin.change' } },
    async (request, reply) => {
      authorize(request, 'admin.change');
      const { service } = request.params;
      const used = registry.instances.list().filter((instance) => instance.service === service);
      if (used.length > 0) {
        throw new McplogError(
          'MCPLOG_CONFLICT',
          `${used.length} instances are made from ${service}; they must be deleted first`,
        );
      }
      if (!(await registry.catalogue.delete(service))) {
        throw new McplogError('MCPLOG_NOT_FOUND', `there is no catalogue item ${service}`);
      }
      tell('audit', request, {
        event: 'catalogue_item_deleted',
        message: `catalogue item ${service} was deleted`,
        facts: { itemService: service },
      });
      return reply.code(204).send();
    },
  );
}
