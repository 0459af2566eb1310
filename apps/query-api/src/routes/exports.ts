import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { subjectOf } from '@mcplog/http-door';
import { proveEntries } from '@mcplog/log-proof';
import { ExportRequest, InstanceParams, McplogError } from '@mcplog/protocol';
import type { Api } from '../api.ts';
import { CONTENT_TYPES, formatLines, type TextFormat } from '../entry-formats.ts';
import { type ArchiveOptions, createArchive } from '../export-archive.ts';
import { filtersApplied, readLogFilter } from '../log-filters.ts';

/** Exports of one instance's logs, made while they are being downloaded. */
export function addExportRoutes(api: Api): void {
  const { app, access, settings } = api;
  const running = new Map<string, number>();

  app.post(
    '/api/v1/mcps/:instanceId/logs/export',
    {
      schema: { tags: ['exports'], params: InstanceParams, body: ExportRequest },
      config: { action: 'logs.export' },
    },
    async (request, reply) => {
      const { body, signal } = request;
      const record = access.instance(request, 'logs.export', request.params.instanceId);
      const filter = readLogFilter(body.filters ?? {});
      const release = takePlace(running, subjectOf(request).userId, settings.exportsPerUserMax);
      const end = { damagedLines: 0 };
      const pieces = access.logsOf(record).lines({
        filter,
        order: body.order ?? 'asc',
        signal,
        deadlineMs: settings.exportTimeoutMs,
        onEnd: ({ damagedLines }) => {
          end.damagedLines = damagedLines;
        },
      });
      const info = {
        instanceId: record.id,
        userId: record.userId,
        service: record.service,
        filters: filtersApplied(filter),
        exportedAt: new Date(),
      };
      const directory = `users/user_${record.userId}/mcp_${record.id}`;
      const { logDir: logs } = settings;
      const prove = (seqs: readonly number[]) => proveEntries({ logs, directory, seqs, signal });
      const { stream, name, type } = toDownload(body, pieces, {
        info,
        prove,
        endOf: () => end,
      });
      stream.once('close', release);
      reply.header('content-disposition', `attachment; filename="${name}"`);
      reply.header('content-type', type);
      return reply.send(stream);
    },
  );
}

interface Download {
  readonly stream: Readable;
  readonly name: string;
  readonly type: string;
}

function toDownload(
  body: ExportRequest,
  pieces: AsyncIterable<Buffer>,
  options: ArchiveOptions,
): Download {
  const { info } = options;
  const time = info.exportedAt.toISOString().replaceAll(/[:.]/g, '-');
  const stem = `${info.instanceId}-${time}`;
  if (body.format === 'zip') {
    const stream = createArchive(pieces, options);
    return { stream, name: `${stem}.zip`, type: 'application/zip' };
  }
  const format: TextFormat = body.format;
  const text = Readable.from(formatLines(format, pieces), { objectMode: false });
  const name = `${stem}.${format}`;
  if (body.compression !== true) return { stream: text, name, type: CONTENT_TYPES[format] };
  const stream = createGzip({ level: 6 });
  text.once('error', (error) => stream.destroy(error));
  stream.once('close', () => text.destroy());
  return { stream: text.pipe(stream), name: `${name}.gz`, type: 'application/gzip' };
}

/** Counts a running export of a user; the returned function ends it, once. */
function takePlace(running: Map<string, number>, userId: string, max: number): () => void {
  const count = running.get(userId) ?? 0;
  if (count >= max) {
    const limit = `You have ${count} exports running; ${max} are allowed at a time.`;
    throw new McplogError('MCPLOG_TOO_MANY_REQUESTS', limit);
  }
  running.set(userId, count + 1);
  let open = true;
  return () => {
    if (!open) return;
    open = false;
    const left = (running.get(userId) ?? 1) - 1;
    if (left === 0) running.delete(userId);
    else running.set(userId, left);
  };
}
