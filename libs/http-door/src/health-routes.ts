/** For whoever runs the service: probes and figures. */
import { BlockList, isIPv6 } from 'node:net';
import { McplogError } from '@mcplog/protocol';
import type { Metrics } from '@mcplog/service-host';
import type { FastifyRequest } from 'fastify';
import type { DoorApp } from './door-options.ts';

const OPEN = { public: true, quiet: true };

/** Loopback and the private ranges of RFC 1918, RFC 4193 and the link-local ones. */
const PRIVATE = new BlockList();
PRIVATE.addSubnet('127.0.0.0', 8);
PRIVATE.addSubnet('10.0.0.0', 8);
PRIVATE.addSubnet('172.16.0.0', 12);
PRIVATE.addSubnet('192.168.0.0', 16);
PRIVATE.addSubnet('169.254.0.0', 16);
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return PRIVATE.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}

export interface HealthOptions {
  readonly metrics: Metrics;
  readonly problems: () => readonly string[];
}

export function installHealthRoutes(app: DoorApp, { metrics, problems }: HealthOptions): void {
  app.get('/health/live', { config: OPEN }, async () => ({ data: { status: 'live' } }));
  app.get('/health/ready', { config: OPEN }, async () => {
    const found = problems();
    if (found.length === 0) return { data: { status: 'ready' } };
    const details = found.map((problem) => ({ path: 'service', problem }));
    throw new McplogError('MCPLOG_SERVICE_UNAVAILABLE', 'not ready', details);
  });
  app.get('/metrics', { config: OPEN }, async (request, reply) => {
    if (!mayReadMetrics(request)) throw new McplogError('MCPLOG_NOT_FOUND', 'there is no /metrics');
    return reply.type(metrics.contentType).send(await metrics.text());
  });
}

/** By the socket, not by headers: whoever comes through a proxy is not a neighbour. */
function mayReadMetrics({ raw }: FastifyRequest): boolean {
  const forwarded = raw.headers['x-forwarded-for'] ?? raw.headers.forwarded;
  return forwarded === undefined && isPrivateAddress(raw.socket.remoteAddress ?? '');
}
