/** The ingest contract over HTTP, with its rules: consecutive n, one run at a time, dedupe. */
import { type LocalServer, refuse, sendJson, startLocalServer } from './local-server.ts';

export interface IngestedLine {
  readonly n: number;
  readonly timestampMs: number;
  readonly type: string;
  readonly level?: string;
  readonly message: string;
  readonly metadata?: Record<string, unknown>;
}

export interface IngestRun {
  readonly name: string;
  readonly command: readonly string[];
  readonly lines: IngestedLine[];
}

export interface IngestServer extends LocalServer {
  /** In the order in which they were begun; run numbers are their positions from 1. */
  readonly runs: IngestRun[];
  /** What was wrong with requests. */
  readonly faults: string[];
  /** Set by a test: asked before each body of lines. */
  refuseLines: ((run: number, requestNo: number) => { status: number; code: string } | undefined)[];
}

export async function startIngestServer(token: string): Promise<IngestServer> {
  const runs: IngestRun[] = [];
  const faults: string[] = [];
  const refuseLines: IngestServer['refuseLines'] = [];
  let requests = 0;
  const local = await startLocalServer((request, response, body) => {
    if (request.headers.authorization !== `Bearer ${token}`) {
      refuse(response, 401, 'MCPLOG_NOT_LOGGED_IN');
      return;
    }
    if (request.url === '/api/v1/ingest/wrap') {
      const { name, command } = JSON.parse(body) as IngestRun;
      runs.push({ name, command, lines: [] });
      sendJson(response, 200, { data: { instance_id: `wrap-${name}`, run: runs.length } });
      return;
    }
    const no = Number(/^\/api\/v1\/ingest\/wrap\/[\w-]+\/(\d+)$/.exec(request.url ?? '')?.[1]);
    const found = runs[no - 1];
    const refusal = refuseLines.map((ask) => ask(no, ++requests)).find(Boolean);
    if (refusal !== undefined) {
      refuse(response, refusal.status, refusal.code);
      return;
    }
    if (found === undefined) {
      refuse(response, 404, 'MCPLOG_NOT_FOUND');
      return;
    }
    const lines = body.trimEnd().split('\n');
    if (lines.length > 1_000 || Buffer.byteLength(body) > 512 * 1024) faults.push('too much');
    for (const text of lines) {
      const line = JSON.parse(text) as IngestedLine;
      if (line.n <= found.lines.length) continue;
      if (line.n !== found.lines.length + 1) faults.push(`run ${no}: n ${line.n} is out of order`);
      found.lines.push(line);
    }
    sendJson(response, 200, { data: { accepted_through: found.lines.length } });
  });
  return { ...local, runs, faults, refuseLines };
}
