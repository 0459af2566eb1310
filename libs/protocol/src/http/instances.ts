/** Catalogue items and instances. */
import { ID_PATTERN } from '@mcplog/log-entry';
import { type Static, Type } from 'typebox';
import { CatalogueItem, InstanceStatus } from '../records.ts';

export const InstanceParams = Type.Object({ instanceId: Type.String({ pattern: ID_PATTERN }) });

/** Body of `PUT /api/v1/admin/catalogue/{service}`. */
export const PutCatalogueItemRequest = Type.Object(
  {
    command: CatalogueItem.properties.command,
    args: Type.Optional(CatalogueItem.properties.args),
    env: Type.Optional(CatalogueItem.properties.env),
    transport: Type.Optional(CatalogueItem.properties.transport),
    routing: Type.Optional(CatalogueItem.properties.routing),
    storm: CatalogueItem.properties.storm,
  },
  { additionalProperties: false },
);
export type PutCatalogueItemRequest = Static<typeof PutCatalogueItemRequest>;

/** Body of `POST /api/v1/mcps`. */
export const CreateInstanceRequest = Type.Object(
  {
    service: Type.String({ pattern: ID_PATTERN }),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    env: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 32_768 }))),
  },
  { additionalProperties: false },
);
export type CreateInstanceRequest = Static<typeof CreateInstanceRequest>;

export const RenameInstanceRequest = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 128 }) },
  { additionalProperties: false },
);

export const InstanceView = Type.Object({
  id: Type.String(),
  service: Type.String(),
  name: Type.String(),
  status: Type.Union([InstanceStatus.properties.state, Type.Literal('unknown')]),
  desired: Type.Enum(['running', 'stopped']),
  created_at: Type.String(),
  changed_at: Type.Union([Type.String(), Type.Null()]),
  pid: Type.Union([Type.Integer(), Type.Null()]),
  run: Type.Integer(),
  last_exit: Type.Union([Type.String(), Type.Null()]),
  last_error: Type.Union([Type.String(), Type.Null()]),
});
export type InstanceView = Static<typeof InstanceView>;
