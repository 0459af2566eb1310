/** Which headers go through a relay, and in which form. */
import type { IncomingMessage } from 'node:http';

export type Headers = Record<string, string | string[]>;

/** Who asks, as our own door made it out: a proxy in front is believed only where settings say so. */
export interface Caller {
  readonly address: string;
  readonly protocol: string;
  readonly requestId: string;
}

/** They speak of one connection, not of the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What only we may say about a caller, and `expect`, which our own server has answered. */
const OURS = /^(?:x-forwarded-.*|forwarded|x-real-ip|expect)$/;

/**
 * The headers of a request as an upstream gets them: Host as it was sent, so that the upstream can
 * check it; where the caller is, in our words alone.
 */
export function requestHeaders(request: IncomingMessage, caller: Caller): Headers {
  const headers = endToEnd(request);
  for (const name of Object.keys(headers)) if (OURS.test(name)) delete headers[name];
  headers['x-forwarded-for'] = caller.address;
  headers['x-forwarded-proto'] = caller.protocol;
  headers['x-request-id'] = caller.requestId;
  // A GET or DELETE may carry a body; without this Node would send it without any framing.
  if (request.headers['transfer-encoding'] !== undefined) headers['transfer-encoding'] = 'chunked';
  return headers;
}

/** The headers of an answer as the caller gets them. */
export function answerHeaders(answer: IncomingMessage): Headers {
  return endToEnd(answer);
}

/** True for a message that is followed by a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function endToEnd({ rawHeaders, headers }: IncomingMessage): Headers {
  const named = (headers.connection ?? '').toLowerCase().split(',');
  const dropped = new Set(named.map((name) => name.trim()));
  const kept: Headers = {};
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    const value = rawHeaders[at + 1] ?? '';
    if (HOP_BY_HOP.has(name) || dropped.has(name)) continue;
    const before = kept[name];
    kept[name] = before === undefined ? value : [before, value].flat();
  }
  return kept;
}
