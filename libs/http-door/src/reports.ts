/** Each request ends in one log line, one measurement and one access report. */
import type { FastifyRequest } from 'fastify';
import { type AccessEvent, accessEvent } from './access.ts';
import type { DoorApp, HttpDoorOptions } from './door-options.ts';

const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function installReports(app: DoorApp, options: HttpDoorOptions): void {
  const { log, metrics, onAccess } = options;
  const seconds = metrics.histogram({
    name: 'http_request_seconds',
    help: 'Time from the head of a request to the end of its answer.',
    labels: ['method', 'route', 'status'],
    buckets: SECONDS_BUCKETS,
  });
  const report = (event: AccessEvent) => {
    const { method, route, status, durationMs } = event;
    seconds.observe({ method, route, status: String(status) }, durationMs / 1000);
    const { requestId: reqId, address, action, object, subject } = event;
    const line = { reqId, method, route, status, durationMs, address, action, object };
    log.info({ ...line, userId: subject?.userId }, 'request');
    onAccess?.(event);
  };
  const reportOnce = (request: FastifyRequest, status: number, durationMs: number) => {
    if (request.access?.reported || request.routeOptions.config?.quiet) return;
    request.access ??= {};
    request.access.reported = true;
    report(accessEvent(request, status, durationMs));
  };
  app.addHook('onResponse', async (request, reply) => {
    reportOnce(request, reply.statusCode, Math.round(reply.elapsedTime));
  });
  app.decorate('reportAccess', (request, status) => reportOnce(request, status, 0));
}

/**
 * Reports now what fastify would report only when the connection ends, or never: an accepted
 * WebSocket (status 101), or a path that could not be routed. A later report is left out.
 */
export function reportAccess(request: FastifyRequest, status: number): void {
  request.server.reportAccess(request, status);
}
