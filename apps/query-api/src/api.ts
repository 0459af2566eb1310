import type { DoorApp } from '@mcplog/http-door';
import type { SystemLog } from '@mcplog/message-bus';
import type { InstanceRecord } from '@mcplog/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { InstanceChanges, QueryRegistry } from './instance-changes.ts';
import type { LogAccess } from './log-access.ts';
import { addCallRoutes } from './routes/calls.ts';
import { addCatalogueRoutes } from './routes/catalogue.ts';
import { addExportRoutes } from './routes/exports.ts';
import { addInstanceRoutes } from './routes/instances.ts';
import { addLogRoutes } from './routes/logs.ts';
import type { SearchPlaces } from './search-places.ts';
import type { Settings } from './settings.ts';

export type ApiRequest = FastifyRequest;
export type ApiReply = FastifyReply;

/** What the routes work with. */
export interface Api {
  readonly app: DoorApp;
  readonly registry: QueryRegistry;
  readonly access: LogAccess;
  readonly places: SearchPlaces;
  readonly changes: InstanceChanges;
  readonly settings: Settings;
  /** Writes down who changed which instance. */
  readonly audit: (request: ApiRequest, event: string, record: InstanceRecord) => void;
}

export function addRoutes(api: Api): void {
  addCatalogueRoutes(api);
  addInstanceRoutes(api);
  addLogRoutes(api);
  addCallRoutes(api);
  addExportRoutes(api);
}

/** The audit entries of changes to instances. */
export function auditChanges(systemLog: SystemLog): Api['audit'] {
  return (request, event, { id, userId, service, name }) => {
    systemLog.write('audit', {
      level: 'info',
      event,
      message: `${request.subject?.username ?? 'somebody'}: ${event.replace('_', ' ')} ${id}`,
      metadata: {
        userId: request.subject?.userId,
        instanceId: id,
        ownerId: userId,
        itemService: service,
        name,
        requestId: request.id,
        address: request.ip,
      },
    });
  };
}
