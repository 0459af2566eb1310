import { authorize, subjectOf } from '@mcplog/http-door';
import { ID_PATTERN } from '@mcplog/log-entry';
import {
  JOB_KINDS,
  type JobKind,
  JobView,
  MaintenanceAnswer,
  MaintenanceRequest,
  McplogError,
} from '@mcplog/protocol';
import { Type } from 'typebox';
import type { Api } from '../api.ts';
import { viewOfJob } from '../jobs.ts';

const tags = ['maintenance'];
const JobParams = Type.Object({ jobId: Type.String({ pattern: ID_PATTERN }) });
const KindParams = Type.Object({ kind: Type.String({ maxLength: 64 }) });
const OneJob = Type.Object({ data: JobView });

/** Maintenance by hand: what is asked for here the maintenance-worker does. */
export function addJobRoutes({ app, jobs, tell }: Api): void {
  app.post(
    '/api/v1/admin/maintenance/:kind',
    {
      schema: {
        tags,
        params: KindParams,
        body: Type.Union([MaintenanceRequest, Type.Null()]),
        response: { 202: MaintenanceAnswer },
      },
      config: { action: 'admin.change' },
    },
    async (request, reply) => {
      authorize(request, 'admin.change');
      const kind = kindOf(request.params.kind);
      const scope = request.body ?? {};
      const job = await jobs.ask(kind, scope, subjectOf(request).username);
      tell('audit', request, {
        event: 'job_requested',
        message: `maintenance job ${kind} was asked for`,
        facts: { jobId: job.id, kind, ...scope },
      });
      return reply.code(202).send({ data: { jobId: job.id } });
    },
  );

  app.get(
    '/api/v1/admin/jobs',
    {
      schema: { tags, response: { 200: Type.Object({ data: Type.Array(JobView) }) } },
      config: { action: 'admin.read' },
    },
    async (request) => {
      authorize(request, 'admin.read');
      return { data: jobs.list().map(viewOfJob) };
    },
  );

  app.get(
    '/api/v1/admin/jobs/:jobId',
    {
      schema: { tags, params: JobParams, response: { 200: OneJob } },
      config: { action: 'admin.read' },
    },
    async (request) => {
      authorize(request, 'admin.read');
      // Programs ask every second until it is done: a refusal is told, an answer is no act.
      request.access.action = 'jobs.read';
      return { data: viewOfJob(jobs.get(request.params.jobId)) };
    },
  );

  app.delete(
    '/api/v1/admin/jobs/:jobId',
    {
      schema: { tags, params: JobParams, response: { 202: OneJob } },
      config: { action: 'admin.change' },
    },
    async (request, reply) => {
      authorize(request, 'admin.change');
      const job = await jobs.cancel(request.params.jobId);
      tell('audit', request, {
        event: 'job_cancelled',
        message: `maintenance job ${job.kind} ${job.id} was cancelled`,
        facts: { jobId: job.id, kind: job.kind },
      });
      return reply.code(202).send({ data: viewOfJob(job) });
    },
  );
}

/** @throws McplogError 400 naming the jobs there are */
function kindOf(asked: string): JobKind {
  const kind = JOB_KINDS.find((known) => known === asked);
  if (kind !== undefined) return kind;
  throw new McplogError('MCPLOG_BAD_REQUEST', 'there is no such maintenance job', [
    { path: 'params.kind', problem: `accepted: ${JOB_KINDS.join(', ')}` },
  ]);
}
