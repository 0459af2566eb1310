/**
 * Host and Origin against a list, on loopback too: a web page may let its own name resolve to
 * 127.0.0.1 (DNS rebinding), but the browser then still sends that name.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { McplogError } from '@mcplog/protocol';

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

export interface HostRules {
  /** `host:port`, or `host` alone for the default port of http and https. */
  readonly allowedHosts: readonly string[];
  /** Ports under which loopback names are ours: the listening one and the public one. */
  readonly ports: () => readonly number[];
}

/** @throws McplogError 403 MCPLOG_FOREIGN_HOST. */
export function assertOurHost(request: IncomingMessage, rules: HostRules): void {
  const ours = new Set([...ourHosts(rules), ...socketHost(request.socket)]);
  if (headerCount(request, 'host') > 1) throw foreign('Host', 'sent more than once', ours);
  const host = request.headers.host?.toLowerCase() ?? '';
  if (!ours.has(host)) throw foreign('Host', describe(host), ours);
  const { origin } = request.headers;
  if (origin !== undefined && !originHosts(origin).some((name) => ours.has(name))) {
    throw foreign('Origin', describe(origin), ours);
  }
}

function* ourHosts({ allowedHosts, ports }: HostRules): Generator<string> {
  for (const host of allowedHosts) yield host.toLowerCase();
  for (const name of LOOPBACK_NAMES) {
    for (const port of ports()) {
      yield `${name}:${port}`;
      if (port === 80) yield name;
    }
  }
}

/** The address this connection came in on: a page cannot make a name of its own equal to it. */
function* socketHost({ localAddress, localPort }: Socket): Generator<string> {
  if (localAddress === undefined || localPort === undefined) return;
  const plain = localAddress.replace(/^::ffff:/, '');
  yield plain.includes(':') ? `[${plain}]:${localPort}` : `${plain}:${localPort}`;
}

/** `https://example.org` is `example.org` and `example.org:443`; none for `null` or other schemes. */
function originHosts(origin: string): string[] {
  if (!URL.canParse(origin)) return [];
  const { protocol, host, port, origin: serialised } = new URL(origin);
  const defaultPort = DEFAULT_PORTS[protocol];
  if (defaultPort === undefined || serialised !== origin.toLowerCase()) return [];
  return port === '' ? [host, `${host}:${defaultPort}`] : [host];
}

function headerCount({ rawHeaders }: IncomingMessage, name: string): number {
  return rawHeaders.filter((text, i) => i % 2 === 0 && text.toLowerCase() === name).length;
}

function describe(text: string): string {
  return text === '' ? 'is missing' : `${JSON.stringify(text.slice(0, 128))} is not ours`;
}

function foreign(header: string, problem: string, ours: ReadonlySet<string>): McplogError {
  const accepted = [...ours].join(', ');
  return new McplogError('MCPLOG_FOREIGN_HOST', `the ${header} header is not accepted`, [
    { path: `header.${header.toLowerCase()}`, problem: `${problem}; accepted: ${accepted}` },
  ]);
}
