import { authorize, type DoorApp, subjectOf } from '@mcplog/http-door';
import { RUN_MAX } from '@mcplog/log-entry';
import {
  INGEST_BYTES_MAX,
  InstanceParams,
  McplogError,
  WRAP_SERVICE,
  WrapRequest,
} from '@mcplog/protocol';
import { Type } from 'typebox';
import { parseIngestLines } from '../ingest/ingest-lines.ts';
import type { WrapIngest } from '../ingest/wrap-ingest.ts';
import type { SupervisorRegistry } from '../supervisor.ts';

const RunParams = Type.Object({
  ...InstanceParams.properties,
  run: Type.String({ pattern: '^[1-9][0-9]{0,6}$' }),
});

export interface IngestRoutesOptions {
  readonly registry: SupervisorRegistry;
  readonly ingest: WrapIngest;
}

/** Entries from `mcplog wrap`. */
export async function addIngestRoutes(app: DoorApp, options: IngestRoutesOptions): Promise<void> {
  const { ingest } = options;
  app.post('/api/v1/ingest/wrap', {
    schema: { body: WrapRequest },
    config: { action: 'wrap.begin' },
    handler: async (request) => ({
      data: await ingest.begin(subjectOf(request).userId, request.body),
    }),
  });
  await app.register((scope, _options, done) => {
    addLineRoute(scope as unknown as DoorApp, options);
    done();
  });
}

function addLineRoute(scope: DoorApp, { registry, ingest }: IngestRoutesOptions): void {
  scope.addContentTypeParser(
    'application/x-ndjson',
    { parseAs: 'string', bodyLimit: INGEST_BYTES_MAX },
    (_request, body, parsed) => parsed(null, body),
  );
  scope.route({
    method: 'POST',
    url: '/api/v1/ingest/wrap/:instanceId/:run',
    bodyLimit: INGEST_BYTES_MAX,
    schema: { params: RunParams },
    config: { action: 'logs.ingest' },
    handler: async (request) => {
      const { instanceId, run } = request.params;
      const record = registry.instances.get(instanceId);
      authorize(request, 'logs.ingest', { id: instanceId, ownerId: record?.userId });
      if (record?.service !== WRAP_SERVICE || Number(run) > RUN_MAX) {
        throw new McplogError('MCPLOG_NOT_FOUND', `there is no wrapped ${instanceId} run ${run}`);
      }
      if (typeof request.body !== 'string') {
        const words = 'the body must be application/x-ndjson';
        throw new McplogError('MCPLOG_UNSUPPORTED_MEDIA_TYPE', words);
      }
      return { data: ingest.accept(record, Number(run), parseIngestLines(request.body)) };
    },
  });
}
