import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { DoorApp } from '@mcplog/http-door';

/** OpenAPI of these routes, made from their schemas, at `/docs` for whoever is logged in. */
export async function addApiDocs(app: DoorApp): Promise<void> {
  await app.register(swagger, {
    openapi: {
      info: {
        title: 'mcplog query API',
        description: "Users' instances, log search and export.",
        version: '0.1.0',
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      security: [{ bearer: [] }],
    },
  });
  await app.register(swaggerUi, { routePrefix: '/docs' });
}
