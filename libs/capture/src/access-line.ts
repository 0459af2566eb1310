import { asJsonObject, type JsonObject, parseJsonLine } from './structured-line.ts';

/** One HTTP request as an access line tells it. */
export interface AccessLine {
  readonly method: string;
  /** Path without query and fragment, which may hold secrets; for outgoing calls without host. */
  readonly path: string;
  readonly status: number;
  readonly durationMs?: number | undefined;
}

const LINE_CHARACTERS_MAX = 8192;
const METHOD = 'GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT|TRACE';
const HAS_METHOD = new RegExp(`\\b(?:${METHOD})\\b`);
/** Common and combined log format, uvicorn, werkzeug: `"GET /x HTTP/1.1" 200`. */
const QUOTED = new RegExp(`"(${METHOD}) (\\S+)(?: HTTP/[\\d.]+)?" (?:"?)(\\d{3})(?!\\d)(.*)$`);
/** httpx: `GET https://host/x "HTTP/1.1 401 Unauthorized"`. */
const OUTGOING = new RegExp(`\\b(${METHOD}) (https?://\\S+) "HTTP/[\\d.]+ (\\d{3})\\b(.*)$`);
/** morgan dev and tiny, koa, next: `GET /x 200 1.2 ms`; a few head tokens may come before. */
const BARE = new RegExp(
  `^(?:\\S{1,40} ){0,4}?(${METHOD}) (/\\S*|https?://\\S+)(?: HTTP/[\\d.]+)?(?: -)? (\\d{3})(?!\\S)(.*)$`,
);
/** gin: `| 200 | 1.2ms | 127.0.0.1 | GET "/x"`. */
const GIN = new RegExp(`\\| +(\\d{3}) \\|([^|]*)\\|[^|]*\\| (${METHOD}) +"(/[^"]*)"`);
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
  if (method === '') return undefined;
  return makeLine({ method, target, status: Number(status), durationMs: durationIn(spent) });
}

function durationIn(text: string): number | undefined {
  const [, number, unit] = DURATION.exec(text) ?? [];
  if (number === undefined) return undefined;
  const factor = unit === 's' ? 1000 : unit === 'ms' ? 1 : 0.001;
  return Number(number) * factor;
}

/** pino-http (`req`, `res`, `responseTime`) and flat objects with a method, a path and a status. */
function readObject(object: JsonObject): AccessLine | undefined {
  const request = asJsonObject(object.req) ?? asJsonObject(object.request) ?? object;
  const answer = asJsonObject(object.res) ?? asJsonObject(object.response) ?? object;
  const { method } = request;
  const target = request.url ?? request.path ?? request.uri;
  const status = answer.statusCode ?? answer.status_code ?? answer.status;
  if (typeof method !== 'string' || typeof target !== 'string') return undefined;
  if (!HAS_METHOD.test(method) || !Number.isInteger(Number(status))) return undefined;
  const spent = object.responseTime ?? object.durationMs ?? object.duration_ms ?? object.elapsed_ms;
  const durationMs = typeof spent === 'number' ? spent : undefined;
  return makeLine({ method, target, status: Number(status), durationMs });
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
  return { method, path: path === '' ? '/' : path.slice(0, 2048), status, durationMs };
}
