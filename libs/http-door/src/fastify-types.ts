/** What this door adds to fastify's requests and route configurations. */
import type { AccessNote } from './access.ts';
import type { RequestSubject } from './authentication.ts';

declare module 'fastify' {
  interface FastifyInstance {
    reportAccess(request: FastifyRequest, status: number): void;
  }

  interface FastifyRequest {
    /** Who asks; undefined only on public routes. */
    subject: RequestSubject | undefined;
    access: AccessNote;
  }

  interface FastifyContextConfig {
    /** Open to everybody who reaches the port. */
    public?: boolean;
    /** Takes any query parameter although it has no schema for them (proxies, static files). */
    anyQuery?: boolean;
    /** What the access report calls this route when nothing was authorized. */
    action?: string;
    /** Neither counted against limits nor reported: health and metrics. */
    quiet?: boolean;
  }
}
