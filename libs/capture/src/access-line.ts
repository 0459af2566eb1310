import { asJsonObject, type JsonObject, parseJsonLine } from './structured-line.ts';

/** One HTTP request as an access line tells it. */
export interface AccessLine {
  readonly method: string;
  /** Path without query and fragment, which may hold secrets; for outgoing calls without host. */
  readonly path: string;
  readonly status: number;
  readonly durationMs?: number | undefined;
}

/** Longer lines are none. */
export const LINE_CHARACTERS_MAX = 8192;
/** More of a path is cut off. */
export const PATH_CHARACTERS_MAX = 2048;
const METHOD = 'GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT|TRACE';
const HAS_METHOD = new RegExp(`\\b(?:${METHOD})\\b`);
/** Common and combined log format, uvicorn, werkzeug: `"GET /x HTTP/1.1" 200`. */
const QUOTED = new RegExp(`"(${METHOD}) (\\S+)(?: HTTP/[\\d.]+)?" (?:"?)(\\d{3})(?!\\d)(.*)$`);
/** httpx: `GET https://host/x "HTTP/1.1 401 Unauthorized"`. */
const OUTGOING = new RegExp(`\\b(${METHOD}) (https?://\\S+) "HTTP/[\\d.]+ (\\d{3})\\b(.*)$`);
/** morgan dev and tiny, koa, next: `GET /x 200 1.2 ms`; a few head tokens may come before. */
const BARE = new RegExp(
  `^(?:(?:[A-Z]{4,8}:?|\\S{0,39}[^A-Za-z\\s]\\S{0,39}) +){0,4}?(${METHOD}) (/\\S*|https?://\\S+)(?: HTTP/[\\d.]+)?(?: -)? (\\d{3})(?!\\S)(.*)$`,
);
/** gin: `| 200 | 1.2ms | 127.0.0.1 | GET "/x"`. */
const GIN = new RegExp(`\\| +(\\d{3}) \\|([^|]*)\\|[^|]*\\| (${METHOD}) +"(/[^"]*)"`);
/** logrus, slog and others: `method=GET path=/x status=200 duration=12ms`, in any order. */
const LOGFMT = {
  method: new RegExp(`(?:^|\\s)(?:http[._])?(?:request[._])?method="?(${METHOD})"?(?=\\s|$)`),
  target: /(?:^|\s)(?:path|uri|url|url\.path|target)="?(\/[^\s"]*|https?:\/\/[^\s"]+)/,
  status: /(?:^|\s)(?:http[._])?(?:response[._])?(?:status|status_code|code)="?(\d{3})"?(?=\s|$)/,
  spent: /(?:^|\s)(?:duration|latency|took|elapsed|request_time)="?(\d+(?:\.\d+)?(?:µs|us|ms|s)?)/,
};
/** nginx's `$request_time` in seconds, after the user agent. */
const SECONDS_LAST = /"\s+(\d+\.\d{3})$/;
const REQUEST_LINE = new RegExp(`^(${METHOD}) (\\S+)(?: HTTP/[\\d.]+)?$`);
const DURATION = /(?:^|[\s|(+])(\d+(?:\.\d+)?) ?(µs|us|ms|s)(?![A-Za-z])/;

let lastText = '';
let lastLine: AccessLine | undefined;

/** Reads an access line, text or JSON; the last answer is kept for the next question. */
export function parseAccessLine(text: string): AccessLine | undefined {
  if (text !== lastText) {
    lastLine = readLine(text);
    lastText = text;
  }
  return lastLine;
}

function readLine(text: string): AccessLine | undefined {
  if (text.length > LINE_CHARACTERS_MAX) return undefined;
  const object = parseJsonLine(text);
  if (object !== undefined) return readObject(object);
  // Every target has a slash, and most lines have none.
  if (!text.includes('/') || !HAS_METHOD.test(text) || text.includes('\n')) return undefined;
  return readText(text);
}

function readText(text: string): AccessLine | undefined {
  const found = QUOTED.exec(text) ?? OUTGOING.exec(text) ?? BARE.exec(text);
  if (found !== null) {
    const [, method = '', target = '', status = '', rest = ''] = found;
    return makeLine({ method, target, status: Number(status), durationMs: durationIn(rest) });
  }
  const [, status = '', spent = '', method = '', target = ''] = GIN.exec(text) ?? [];
  if (method === '') return readLogfmt(text);
  return makeLine({ method, target, status: Number(status), durationMs: durationIn(spent) });
}

function readLogfmt(text: string): AccessLine | undefined {
  if (!text.includes('method=')) return undefined;
  const [method, target, status, spent] = [
    LOGFMT.method.exec(text)?.[1],
    LOGFMT.target.exec(text)?.[1],
    LOGFMT.status.exec(text)?.[1],
    LOGFMT.spent.exec(text)?.[1],
  ];
  if (method === undefined || target === undefined || status === undefined) return undefined;
  const durationMs = spent === undefined ? undefined : durationIn(spent);
  return makeLine({ method, target, status: Number(status), durationMs });
}

/** Milliseconds that a text names as a duration. */
export function durationIn(text: string): number | undefined {
  const seconds = SECONDS_LAST.exec(text)?.[1];
  if (seconds !== undefined) return Number(seconds) * 1000;
  const [, number, unit] = DURATION.exec(text) ?? [];
  if (number === undefined) return undefined;
  const factor = unit === 's' ? 1000 : unit === 'ms' ? 1 : 0.001;
  return Number(number) * factor;
}

/**
 * pino-http (`req`, `res`, `responseTime`), Caddy, Google's `httpRequest`, and flat objects with a
 * method, a path and a status, or a request line as nginx writes it.
 */
function readObject(object: JsonObject): AccessLine | undefined {
  const google = asJsonObject(object.httpRequest);
  const request = asJsonObject(object.req) ?? asJsonObject(object.request) ?? google ?? object;
  const answer = asJsonObject(object.res) ?? asJsonObject(object.response) ?? google ?? object;
  const line = typeof object.request === 'string' ? REQUEST_LINE.exec(object.request) : null;
  const method = line?.[1] ?? request.method ?? request.requestMethod;
  const target = line?.[2] ?? request.url ?? request.path ?? request.uri ?? request.requestUrl;
  const status = answer.statusCode ?? answer.status_code ?? answer.status;
  if (typeof method !== 'string' || typeof target !== 'string') return undefined;
  if (!HAS_METHOD.test(method) || !Number.isInteger(Number(status))) return undefined;
  return makeLine({ method, target, status: Number(status), durationMs: durationOf(object) });
}

function durationOf(object: JsonObject): number | undefined {
  const spent = object.responseTime ?? object.durationMs ?? object.duration_ms ?? object.elapsed_ms;
  if (typeof spent === 'number') return spent;
  // nginx and Caddy count in seconds.
  const isCaddy = typeof object.logger === 'string' && object.logger.startsWith('http.log.access');
  const seconds = object.request_time ?? (isCaddy ? object.duration : undefined);
  if (seconds !== undefined)
    return Number.isFinite(Number(seconds)) ? Number(seconds) * 1000 : undefined;
  const latency = asJsonObject(object.httpRequest)?.latency;
  return typeof latency === 'string' ? durationIn(latency) : undefined;
}

function makeLine(parts: {
  method: string;
  target: string;
  status: number;
  durationMs: number | undefined;
}): AccessLine | undefined {
  const { method, target, status, durationMs } = parts;
  if (status < 100 || status > 599) return undefined;
  const end = target.search(/[?#]/);
  const path = (end < 0 ? target : target.slice(0, end)).replace(/^https?:\/\/[^/]*/, '');
  return {
    method,
    path: path === '' ? '/' : path.slice(0, PATH_CHARACTERS_MAX),
    status,
    durationMs,
  };
}
