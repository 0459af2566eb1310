/** The door every HTTP service of mcplog has in front of its routes. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import fastifyRateLimit from '@fastify/rate-limit';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import { connectionCutter } from './closing.ts';
import type { DoorApp, HttpDoor, HttpDoorOptions, RateLimit } from './door-options.ts';
import { answerClientError, answerUnroutable, installErrorAnswers } from './error-answers.ts';
import { installGuards, tooMany } from './guards.ts';
import { installHealthRoutes } from './health-routes.ts';
import { type LimitStore, limitStoreClass, openLimitStore } from './limit-store.ts';
import { installReports, reportAccess } from './reports.ts';
import { createRouteTable } from './route-table.ts';

const BODY_BYTES_MAX = 1024 * 1024;
const LIMIT: RateLimit = { max: 600, windowMs: 60_000 };
const SAFE_REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Longer than any id, so that a long one reaches validation and is refused as a bad id. */
const PARAM_CHARS_MAX = 1_024;
const REQUEST_ARRIVES_MS = 60_000;
const FINISH_MS = 3_000;

/** Routes are added to `app` after this and before `listen`. */
export async function createHttpDoor(options: HttpDoorOptions): Promise<HttpDoor> {
  const { app: name, log, host, port, redisUrl, rateLimit = LIMIT } = options;
  const limits = await openLimitStore({ redisUrl, log, prefix: `mcplog:limit:${name}:` });
  const app = createFastify(options);
  const cutAll = connectionCutter(app.server);
  const routes = createRouteTable();
  app.addHook('onRoute', ({ method, url }) => routes.add(method, url));
  app.decorateRequest('subject', undefined);
  app.decorateRequest('access');
  acceptJson(app);
  await installLimits(app, limits, rateLimit);
  installReports(app, options);
  installGuards(app, { hosts: hostRules(app, options), sessions: options.sessions, rateLimit });
  installErrorAnswers(app, routes);
  installHealthRoutes(app, { metrics: options.metrics, problems: options.problems ?? (() => []) });
  return {
    app,
    limitBackend: limits.backend,
    listen: async () => {
      const url = await app.listen({ host, port });
      return { host, port: listeningPort(app) ?? port, url };
    },
    close: async () => {
      const cut = setTimeout(cutAll, FINISH_MS);
      await app.close().finally(() => clearTimeout(cut));
      limits.close();
    },
  };
}

function createFastify({ log, trustProxy, bodyLimit = BODY_BYTES_MAX }: HttpDoorOptions): DoorApp {
  const loggerInstance: FastifyBaseLogger = log;
  return fastify({
    loggerInstance,
    // reports.ts writes the one line of a request.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    trustProxy: trustProxy && trustProxy.length > 0 ? [...trustProxy] : false,
    requestTimeout: REQUEST_ARRIVES_MS,
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: requestId,
    routerOptions: { maxParamLength: PARAM_CHARS_MAX },
    // Nothing is converted or dropped behind the caller's back; see query-values.ts.
    ajv: { customOptions: { allErrors: true, coerceTypes: false, removeAdditional: false } },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      answerUnroutable(error, request, reply);
      reportAccess(request as unknown as FastifyRequest, reply.raw.statusCode);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
}

function requestId(request: IncomingMessage): string {
  const sent = request.headers['x-request-id'];
  return typeof sent === 'string' && SAFE_REQUEST_ID.test(sent) ? sent : randomUUID();
}

/**
 * JSON only, `__proto__` and `constructor.prototype` refused. An empty body is no body: clients
 * name the content type on every POST. Text is not taken, because a page of anybody may send it.
 */
function acceptJson(app: DoorApp): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, body, done) => {
      if (body === '') return done(null, undefined);
      return parse(request, body, done);
    },
  );
}

async function installLimits(app: DoorApp, limits: LimitStore, limit: RateLimit): Promise<void> {
  await app.register(fastifyRateLimit, {
    global: false,
    max: limit.max,
    timeWindow: limit.windowMs,
    store: limitStoreClass(limits.counters),
    skipOnError: true,
    keyGenerator: limitKey,
    errorResponseBuilder: (request: FastifyRequest, { max, ttl }) => {
      const own = request.routeOptions.config.rateLimit;
      const windowMs = (own ? Number(own.timeWindow) : 0) || limit.windowMs;
      return tooMany(max, windowMs, Math.ceil(ttl / 1000)) as Error as FastifyError;
    },
  });
}

function limitKey(request: FastifyRequest): string {
  const address = fastifyRateLimit.normalizeIP(request.ip);
  return request.subject ? `user:${request.subject.userId}` : `address:${address}`;
}

function hostRules(app: DoorApp, { allowedHosts, publicPort, port }: HttpDoorOptions) {
  const ports = () => {
    const own = listeningPort(app) ?? port;
    return publicPort === undefined ? [own] : [own, publicPort];
  };
  return { allowedHosts, ports };
}

function listeningPort(app: DoorApp): number | undefined {
  const address = app.server.address();
  return address !== null && typeof address === 'object' ? address.port : undefined;
}
