import { authorize, type DoorApp, reportAccess } from '@mcplog/http-door';
import { InstanceParams, McplogError } from '@mcplog/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { InstanceRunner } from '../instances/instance-runner.ts';
import type { McpEndpoint } from '../mcp/mcp-endpoint.ts';
import type { Supervisor, SupervisorRegistry } from '../supervisor.ts';

export interface McpRoutesOptions {
  readonly registry: SupervisorRegistry;
  readonly supervisor: Supervisor;
  readonly endpoint: McpEndpoint;
}

/** `/mcp/{instanceId}`: Streamable HTTP in front of a stdio server. */
export async function addMcpRoutes(app: DoorApp, options: McpRoutesOptions): Promise<void> {
  const { endpoint } = options;
  await app.register((scope, _options, done) => {
    // The SDK's transport reads the body itself: its own limit and its own parse errors apply.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    scope.route({
      method: ['GET', 'POST', 'DELETE'],
      url: '/mcp/:instanceId',
      schema: { params: InstanceParams },
      config: { action: 'mcp.use', anyQuery: true },
      handler: async (request, reply) => {
        const runner = runnerFor(request, options);
        const answer = await endpoint.answererFor(runner, request.raw);
        handOver(request, reply);
        await answer(request.raw, reply.raw);
      },
    });
    done();
  });
}

/** @throws McplogError when the instance is not the caller's or not run here */
function runnerFor(
  request: FastifyRequest,
  { registry, supervisor }: McpRoutesOptions,
): InstanceRunner {
  const { instanceId } = request.params as { instanceId: string };
  const ownerId = registry.instances.get(instanceId)?.userId;
  authorize(request, 'mcp.use', { id: instanceId, ownerId });
  const runner = supervisor.runnerOf(instanceId);
  if (runner !== undefined) return runner;
  const words = `${instanceId} is run by its own client, not by this service`;
  throw new McplogError('MCPLOG_INSTANCE_NOT_RUNNING', words);
}

/** From here on the transport answers; the access is reported when it has. */
function handOver(request: FastifyRequest, reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  reply.hijack();
  reply.raw.once('close', () => reportAccess(request, reply.raw.statusCode));
}
