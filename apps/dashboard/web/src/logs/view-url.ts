/** What the address of a log page says, so that a copied address shows the same view. */
export interface LogAddress {
  /** The search box as typed. */
  readonly query: string;
  readonly range: RangeChoice;
  /** The selected entry, by seq. */
  readonly seq: number | undefined;
  readonly wrap: boolean;
}

/** All there is, a span that ends now, or a fixed window (milliseconds since 1970). */
export type RangeChoice =
  | { readonly kind: 'all' }
  | { readonly kind: 'last'; readonly span: Span }
  | { readonly kind: 'window'; readonly fromMs: number; readonly toMs: number };

/** The spans that can be picked, in milliseconds. */
export const SPANS = {
  '15m': 15 * 60_000,
  '1h': 60 * 60_000,
  '6h': 6 * 60 * 60_000,
  '24h': 24 * 60 * 60_000,
  '7d': 7 * 24 * 60 * 60_000,
} as const;
export type Span = keyof typeof SPANS;

export function isSpan(text: string): text is Span {
  return Object.hasOwn(SPANS, text);
}

/** Reads `?q=&range=&from=&to=&seq=&wrap=`; what is broken is left out. */
export function readAddress(search: string): LogAddress {
  const params = new URLSearchParams(search);
  const seq = Number(params.get('seq') ?? Number.NaN);
  return {
    query: params.get('q') ?? '',
    range: readRange(params),
    seq: Number.isSafeInteger(seq) && seq > 0 ? seq : undefined,
    wrap: params.get('wrap') === '1',
  };
}

/** The query string of a view, with `?`; empty for the plain one. */
export function writeAddress({ query, range, seq, wrap }: LogAddress): string {
  const params = new URLSearchParams();
  if (query !== '') params.set('q', query);
  if (range.kind === 'last') params.set('range', range.span);
  if (range.kind === 'window') {
    params.set('from', new Date(range.fromMs).toISOString());
    params.set('to', new Date(range.toMs).toISOString());
  }
  if (seq !== undefined) params.set('seq', String(seq));
  if (wrap) params.set('wrap', '1');
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

function readRange(params: URLSearchParams): RangeChoice {
  const span = params.get('range') ?? '';
  if (isSpan(span)) return { kind: 'last', span };
  const fromMs = Date.parse(params.get('from') ?? '');
  const toMs = Date.parse(params.get('to') ?? '');
  return fromMs < toMs ? { kind: 'window', fromMs, toMs } : { kind: 'all' };
}
