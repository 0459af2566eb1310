/** The web page: its files, and index.html for every address that is one of its pages. */
import { fileURLToPath } from 'node:url';
import files from '@fastify/static';
import type { HttpDoor } from '@mcplog/http-door';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));

/** As in web/src/app.tsx. */
const PAGES = [
  '/',
  '/login',
  '/instances',
  '/instances/:instanceId',
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
  app.register(files, {
    root: `${dist}/assets`,
    prefix: '/assets/',
    // One route per file: an address without a file is unknown like any other.
    wildcard: false,
    // Names hold a hash of the content.
    immutable: true,
    maxAge: '365d',
    index: false,
  });
  for (const url of PAGES) {
    app.get(url, (_request, reply) =>
      reply
        .header('cache-control', 'no-cache')
        .sendFile('index.html', dist, { cacheControl: false }),
    );
  }
}
