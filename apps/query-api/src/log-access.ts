import type { InstanceAction } from '@mcplog/access-control';
import { authorize } from '@mcplog/http-door';
import type { LogReader, LogView } from '@mcplog/log-store/reader';
import type { InstanceRecord } from '@mcplog/protocol';
import type { ApiRequest } from './api.ts';
import { noSuchInstance, type QueryRegistry } from './instance-changes.ts';

/** Finds instances on behalf of somebody, and refuses what is not theirs. */
export class LogAccess {
  readonly #registry: QueryRegistry;
  readonly #reader: LogReader;

  constructor(registry: QueryRegistry, reader: LogReader) {
    this.#registry = registry;
    this.#reader = reader;
  }

  /** @throws McplogError: not found when foreign or missing, forbidden when known but not allowed */
  instance(request: ApiRequest, action: InstanceAction, instanceId: string): InstanceRecord {
    const record = this.#registry.instances.get(instanceId);
    authorize(request, action, { id: instanceId, ownerId: record?.userId });
    if (record === undefined) throw noSuchInstance(instanceId);
    return record;
  }

  logsOf({ userId, id }: InstanceRecord): LogView {
    return this.#reader.instance({ userId, instanceId: id });
  }
}
