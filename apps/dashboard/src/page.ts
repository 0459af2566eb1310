/** The web page: its files, and index.html for every address that is one of its pages. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import files from '@fastify/static';
import type { HttpDoor } from '@mcplog/http-door';
import { McplogError } from '@mcplog/protocol';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));

/** As in web/src/app.tsx. */
const PAGES = [
  '/',
  '/login',
  '/instances',
  '/instances/:instanceId',
  '/instances/:instanceId/calls',
  '/admin/health',
  '/admin/system',
  '/admin/users',
];

/** Nothing inline, nothing from elsewhere, no text that becomes markup. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** In place of the door's, which forbid everything: they are meant for answers of an API. */
const PAGE_HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

/** Adds the page to a scope of the door; `dist` is what `vite build` made. */
export function addPage(app: HttpDoor['app'], dist = DIST): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(PAGE_HEADERS);
  });
  app.register(
    (assets, _, done) => {
      addAssets(assets, dist);
      done();
    },
    { prefix: '/assets' },
  );
  for (const url of PAGES) {
    app.get(url, async (_request, reply) => {
      const html = await readFile(`${dist}/index.html`).catch(notBuilt);
      return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(html);
    });
  }
}

/** The folder may be built anew while this runs; names hold a hash, so a file never changes. */
function addAssets(app: HttpDoor['app'], dist: string): void {
  app.setNotFoundHandler((request) => {
    throw new McplogError('MCPLOG_NOT_FOUND', `there is no ${request.raw.url}`);
  });
  app.register(files, {
    root: `${dist}/assets`,
    prefix: '/',
    immutable: true,
    maxAge: '365d',
    index: false,
  });
}

function notBuilt(): never {
  throw new McplogError('MCPLOG_NOT_FOUND', 'the page is not built: npx vite build');
}
