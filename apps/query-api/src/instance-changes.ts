import type { Sealer } from '@mcplog/access-control';
import {
  type CatalogueItem,
  type CreateInstanceRequest,
  type ErrorDetail,
  type InstanceRecord,
  type InstanceStatus,
  type InstanceView,
  McplogError,
  WRAP_SERVICE,
} from '@mcplog/protocol';
import { newId, type Registry } from '@mcplog/registry';
import { refuse } from './refusals.ts';

export type QueryRegistry = Registry<
  'sessions' | 'catalogue' | 'instance_status' | 'instances' | 'services'
>;

export interface InstanceChangesOptions {
  readonly registry: QueryRegistry;
  readonly sealer: Sealer;
  readonly instancesPerUserMax: number;
}

const NOTICED_WAIT_MS = 1_000;

/** Creates, renames, starts, stops and deletes instances: writes what the supervisor makes true. */
export class InstanceChanges {
  readonly #options: InstanceChangesOptions;

  constructor(options: InstanceChangesOptions) {
    this.#options = options;
  }

  /** @throws McplogError when the service is unknown, the env does not fit, or there are too many */
  async create(userId: string, request: CreateInstanceRequest): Promise<InstanceRecord> {
    const { registry, sealer } = this.#options;
    const item = registry.catalogue.get(request.service);
    if (item === undefined) throw unknownService(request.service, registry.catalogue.list());
    this.#assertRoom(userId);
    const { plain, secret } = splitEnv(item, request.env ?? {});
    const id = newId(item.service);
    const record: InstanceRecord = {
      id,
      userId,
      service: item.service,
      name: request.name ?? item.service,
      desired: 'running',
      restartCount: 0,
      env: plain,
      sealedEnv: sealer.seal(JSON.stringify(secret), id),
      createdAt: new Date().toISOString(),
    };
    await registry.instances.create(id, record).catch(refuse);
    await this.#untilNoticed(id);
    return record;
  }

  /** Until a supervisor says something of the instance, so that `/mcp/{id}` knows it; 1 s at most. */
  async #untilNoticed(id: string): Promise<void> {
    const { instance_status: status } = this.#options.registry;
    const deadline = performance.now() + NOTICED_WAIT_MS;
    while (status.get(id) === undefined && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  rename(id: string, name: string): Promise<InstanceRecord> {
    return this.#change(id, (record) => ({ ...record, name }));
  }

  /** A start also ends a back-off: it counts as asked for by the owner. */
  start(id: string): Promise<InstanceRecord> {
    this.#assertOurs(id);
    return this.#change(id, (record) => ({
      ...record,
      desired: 'running',
      restartCount: record.restartCount + (record.desired === 'running' ? 0 : 1),
    }));
  }

  stop(id: string): Promise<InstanceRecord> {
    return this.#change(id, (record) => ({ ...record, desired: 'stopped' }));
  }

  restart(id: string): Promise<InstanceRecord> {
    this.#assertOurs(id);
    return this.#change(id, (record) => ({
      ...record,
      desired: 'running',
      restartCount: record.restartCount + 1,
    }));
  }

  /** @throws McplogError for a server that its owner runs with `mcplog wrap` */
  #assertOurs(id: string): void {
    if (this.#options.registry.instances.get(id)?.service !== WRAP_SERVICE) return;
    const words = 'this server runs where its owner started it with mcplog wrap; start it there';
    throw new McplogError('MCPLOG_CONFLICT', words);
  }

  async delete(id: string): Promise<void> {
    const deleted = await this.#options.registry.instances.delete(id).catch(refuse);
    if (!deleted) throw noSuchInstance(id);
  }

  async #change(
    id: string,
    next: (record: InstanceRecord) => InstanceRecord,
  ): Promise<InstanceRecord> {
    const record = await this.#options.registry.instances
      .update(id, (current) => (current === undefined ? undefined : next(current)))
      .catch(refuse);
    if (record === undefined) throw noSuchInstance(id);
    return record;
  }

  #assertRoom(userId: string): void {
    const { registry, instancesPerUserMax } = this.#options;
    const owned = registry.instances.list().filter((each) => each.userId === userId).length;
    if (owned < instancesPerUserMax) return;
    const limit = `A user may have ${instancesPerUserMax} instances; delete one first.`;
    throw new McplogError('MCPLOG_CONFLICT', limit);
  }
}

/** The same answer for an instance that is not there and one that is somebody else's. */
export function noSuchInstance(id: string): McplogError {
  return new McplogError('MCPLOG_NOT_FOUND', `there is no ${id}`);
}

export function toInstanceView(
  record: InstanceRecord,
  status: InstanceStatus | undefined,
): InstanceView {
  return {
    id: record.id,
    service: record.service,
    name: record.name,
    status: status?.state ?? (record.desired === 'running' ? 'starting' : 'stopped'),
    desired: record.desired,
    created_at: record.createdAt,
    changed_at: status?.changedAt ?? null,
    pid: status?.pid ?? null,
    run: status?.run ?? 0,
    last_exit: status?.lastExit ?? null,
    last_error: status?.lastError ?? null,
  };
}

function unknownService(service: string, items: readonly CatalogueItem[]): McplogError {
  const known = items.map((item) => item.service).join(', ');
  return new McplogError('MCPLOG_BAD_REQUEST', `There is no catalogue item ${service}.`, [
    {
      path: 'service',
      problem: known === '' ? 'the catalogue is empty' : `choose one of: ${known}`,
    },
  ]);
}

interface SplitEnv {
  readonly plain: Record<string, string>;
  readonly secret: Record<string, string>;
}

/** Sorts the given values by what the catalogue says of them, refusing all that does not fit. */
function splitEnv(item: CatalogueItem, given: Readonly<Record<string, string>>): SplitEnv {
  const problems: ErrorDetail[] = [];
  for (const [name, { required }] of Object.entries(item.env)) {
    if (!required || (given[name] ?? '') !== '') continue;
    problems.push({ path: `env.${name}`, problem: 'is required' });
  }
  const plain: Record<string, string> = {};
  const secret: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(item.env, name) ? item.env[name] : undefined;
    if (rule === undefined) problems.push({ path: `env.${name}`, problem: unknownName(item) });
    else if (value.includes('\0')) problems.push({ path: `env.${name}`, problem: 'holds a NUL' });
    else (rule.secret ? secret : plain)[name] = value;
  }
  if (problems.length === 0) return { plain, secret };
  throw new McplogError('MCPLOG_BAD_REQUEST', `The values do not fit ${item.service}.`, problems);
}

function unknownName(item: CatalogueItem): string {
  const names = Object.keys(item.env).join(', ');
  return names === '' ? 'this service takes none' : `this service takes: ${names}`;
}
