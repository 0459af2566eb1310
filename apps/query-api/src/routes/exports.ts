import { subjectOf } from '@mcplog/http-door';
import { proveEntries } from '@mcplog/log-proof';
import type { LogFilter } from '@mcplog/log-query';
import type { LinesFacts, LinesOptions, LogView } from '@mcplog/log-store/reader';
import { ExportRequest, InstanceParams, type InstanceRecord, McplogError } from '@mcplog/protocol';
import type { Api, ApiReply, ApiRequest } from '../api.ts';
import {
  CONTENT_TYPES,
  formatRows,
  leftOutEntry,
  ROWS,
  type TextFormat,
} from '../entry-formats.ts';
import { createArchive } from '../export-archive.ts';
import { filtersApplied, readLogFilter } from '../log-filters.ts';
import { sendPieces } from '../send-pieces.ts';

const DAMAGED_LINES = 'x-damaged-lines';

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
      const options: LinesOptions = {
        filter,
        order: body.order ?? 'asc',
        signal,
        deadlineMs: settings.exportTimeoutMs,
      };
      const logs = access.logsOf(record);
      const wanted: Wanted = { logs, record, filter, options, exportedAt: new Date(), release };
      const { format } = body;
      if (format === 'zip') return sendArchive({ api, request, reply }, wanted);
      await sendText({ api, request, reply }, wanted, { format, body });
    },
  );
}

interface Exchange {
  readonly api: Api;
  readonly request: ApiRequest;
  readonly reply: ApiReply;
}

interface Wanted {
  readonly logs: LogView;
  readonly record: InstanceRecord;
  readonly filter: LogFilter;
  readonly options: LinesOptions;
  readonly exportedAt: Date;
  /** Gives the place among the running exports back. */
  readonly release: () => void;
}

function stemOf({ record, exportedAt }: Wanted): string {
  return `${record.id}-${exportedAt.toISOString().replaceAll(/[:.]/g, '-')}`;
}

/** The last entry of a text that lacks lines says so; a trailer says it to programs. */
async function sendText(
  { request, reply }: Exchange,
  wanted: Wanted,
  { format, body }: { readonly format: TextFormat; readonly body: ExportRequest },
): Promise<void> {
  const { logs, record, exportedAt, options, release } = wanted;
  const compressed = body.compression === true;
  let damagedLines = 0;
  const onEnd = (facts: LinesFacts) => {
    damagedLines = facts.damagedLines;
  };
  const rows = logs.lines({ ...options, rows: ROWS[format], reusesMemory: true, onEnd });
  const owner = { instanceId: record.id, userId: record.userId };
  const closing = () =>
    damagedLines === 0 ? undefined : leftOutEntry({ damagedLines, exportedAt, ...owner });
  const name = `${stemOf(wanted)}.${format}${compressed ? '.gz' : ''}`;
  reply.header('content-disposition', `attachment; filename="${name}"`);
  reply.header('content-type', compressed ? 'application/gzip' : CONTENT_TYPES[format]);
  reply.header('trailer', DAMAGED_LINES);
  takeOver(reply);
  try {
    const trailers = () => ({ [DAMAGED_LINES]: String(damagedLines) });
    await sendPieces(reply.raw, formatRows(format, rows, closing), { compressed, trailers });
  } catch (error) {
    request.log.warn({ err: error }, 'an export was cut');
  } finally {
    release();
  }
}

/** From here on the response is ours, with the headers that it has by now. */
function takeOver(reply: ApiReply): void {
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
}

function sendArchive({ api, request, reply }: Exchange, wanted: Wanted): ApiReply {
  const { logs, record, filter, exportedAt, options, release } = wanted;
  const end = { damagedLines: 0 };
  const onEnd = ({ damagedLines }: LinesFacts) => {
    end.damagedLines = damagedLines;
  };
  const directory = `users/user_${record.userId}/mcp_${record.id}`;
  const place = { logs: api.settings.logDir, directory, signal: request.signal };
  const stream = createArchive(logs.lines({ ...options, onEnd }), {
    info: {
      instanceId: record.id,
      userId: record.userId,
      service: record.service,
      filters: filtersApplied(filter),
      exportedAt,
    },
    prove: (seqs) => proveEntries({ ...place, seqs }),
    endOf: () => end,
  });
  stream.once('close', release);
  reply.header('content-disposition', `attachment; filename="${stemOf(wanted)}.zip"`);
  reply.header('content-type', 'application/zip');
  return reply.send(stream);
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
