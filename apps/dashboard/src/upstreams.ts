/** Which part of mcplog answers which path of the one origin. */
export const PARTS = ['query-api', 'admin-api', 'stream-gateway', 'process-supervisor'] as const;
export type Part = (typeof PARTS)[number];

/** Where each part listens: `http://host:port`. */
export type Upstreams = Readonly<Record<Part, string>>;

interface Forwarded {
  readonly url: string;
  readonly part: Part;
  /** Every method when absent. */
  readonly method?: 'POST';
}

/** The router takes the most exact pattern, whatever the order here. */
export const FORWARDED: readonly Forwarded[] = [
  { url: '/api/v1/auth/*', part: 'admin-api' },
  { url: '/api/v1/admin/*', part: 'admin-api' },
  { url: '/api/v1/admin/logs/ticket', part: 'stream-gateway', method: 'POST' },
  { url: '/api/v1/mcps/:instanceId/logs/ticket', part: 'stream-gateway', method: 'POST' },
  { url: '/ws/*', part: 'stream-gateway' },
  { url: '/mcp/*', part: 'process-supervisor' },
  { url: '/api/v1/ingest/*', part: 'process-supervisor' },
  { url: '/api/v1/*', part: 'query-api' },
  { url: '/docs', part: 'query-api' },
  { url: '/docs/*', part: 'query-api' },
];
