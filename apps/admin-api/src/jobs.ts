/** Work of the maintenance-worker, kept in the registry. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { instanceDir } from '@mcplog/log-store/reader';
import { type JobKind, type JobRecord, type JobView, McplogError } from '@mcplog/protocol';
import { newId, type Registry } from '@mcplog/registry';

/** Jobs that wait or run; whoever asks for more is refused. */
export const OPEN_JOBS_MAX = 50;
const LISTED_MAX = 100;

export interface JobsOptions {
  readonly registry: Pick<Registry<'jobs' | 'instances'>, 'jobs' | 'instances'>;
  /** To know the logs of what was deleted. */
  readonly logDir: string;
}

export interface JobScope {
  readonly user?: string;
  readonly instance?: string;
}

export class Jobs {
  readonly #options: JobsOptions;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  /** Newest first. */
  list(): JobRecord[] {
    const jobs = this.#options.registry.jobs.list();
    return jobs.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1)).slice(0, LISTED_MAX);
  }

  /** @throws McplogError 404 */
  get(id: string): JobRecord {
    const job = this.#options.registry.jobs.get(id);
    if (job === undefined) throw new McplogError('MCPLOG_NOT_FOUND', `there is no job ${id}`);
    return job;
  }

  /** @throws McplogError 404 for logs that nobody has, 409 while too many jobs wait */
  async ask(kind: JobKind, scope: JobScope, requestedBy: string): Promise<JobRecord> {
    const { jobs } = this.#options.registry;
    if (jobs.list().filter(isOpen).length >= OPEN_JOBS_MAX) {
      const message = `${OPEN_JOBS_MAX} jobs wait or run already; try again later or cancel some`;
      throw new McplogError('MCPLOG_CONFLICT', message);
    }
    const job: JobRecord = {
      id: newId(kind),
      kind,
      ...this.#found(scope),
      status: 'queued',
      done: 0,
      total: 0,
      cancelRequested: false,
      requestedBy,
      createdAt: new Date().toISOString(),
    };
    await jobs.create(job.id, job);
    return job;
  }

  /** A running job stops soon. @throws McplogError 404, 409 when it has ended */
  async cancel(id: string): Promise<JobRecord> {
    this.get(id);
    const finishedAt = new Date().toISOString();
    const job = await this.#options.registry.jobs.update(id, (now) => {
      if (now === undefined || !isOpen(now)) return undefined;
      if (now.status === 'running') return { ...now, cancelRequested: true };
      return { ...now, cancelRequested: true, status: 'cancelled', finishedAt };
    });
    if (job?.cancelRequested) return job;
    throw new McplogError('MCPLOG_CONFLICT', `job ${id} has ended already`);
  }

  /** The scope with its owner; logs outlive the instance that wrote them. */
  #found({ user, instance }: JobScope): JobScope {
    if (user === undefined && instance === undefined) return {};
    if (instance === undefined) {
      if (user !== undefined && this.#hasLogs(user)) return { user };
      throw new McplogError('MCPLOG_NOT_FOUND', `user ${user} has no logs`);
    }
    const owner = user ?? this.#options.registry.instances.get(instance)?.userId;
    if (owner !== undefined && this.#hasLogs(owner, instance)) return { user: owner, instance };
    const whose = owner === undefined ? '' : ` of user ${owner}`;
    const advice = owner === undefined ? '; of a deleted one, name the user as well' : '';
    throw new McplogError('MCPLOG_NOT_FOUND', `no instance ${instance}${whose} has logs${advice}`);
  }

  #hasLogs(userId: string, instanceId?: string): boolean {
    const { logDir } = this.#options;
    const directory =
      instanceId === undefined
        ? join(logDir, 'users', `user_${userId}`)
        : instanceDir(logDir, { userId, instanceId });
    return existsSync(directory);
  }
}

/** What administrators see of a job. */
export function viewOfJob(job: JobRecord): JobView {
  const { id, kind, status, done, total, user, instance, startedAt, finishedAt } = job;
  return {
    id,
    kind,
    status,
    progress: status === 'done' ? 1 : total === 0 ? 0 : Math.min(1, done / total),
    done,
    total,
    ...(user !== undefined && { user }),
    ...(instance !== undefined && { instance }),
    requested_by: job.requestedBy,
    created_at: job.createdAt,
    ...(startedAt !== undefined && { started_at: startedAt }),
    ...(finishedAt !== undefined && { finished_at: finishedAt }),
    ...(job.result !== undefined && { result: job.result }),
    ...(job.error !== undefined && { error: job.error }),
  };
}

function isOpen({ status }: JobRecord): boolean {
  return status === 'queued' || status === 'running';
}
