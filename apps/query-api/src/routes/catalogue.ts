import { CatalogueItem } from '@mcplog/protocol';
import { Type } from 'typebox';
import type { Api } from '../api.ts';

const { service, env, transport } = CatalogueItem.properties;
const Answer = Type.Object({
  data: Type.Array(Type.Object({ service, env, transport })),
});

/** What instances can be made from. Commands stay with administrators. */
export function addCatalogueRoutes({ app, registry }: Api): void {
  app.get(
    '/api/v1/catalogue',
    {
      schema: { tags: ['catalogue'], response: { 200: Answer } },
      config: { action: 'catalogue.read' },
    },
    () => {
      const items = registry.catalogue.list().toSorted((a, b) => (a.service < b.service ? -1 : 1));
      return { data: items.map(({ service, env, transport }) => ({ service, env, transport })) };
    },
  );
}
