/** What the address of a calls page says, so that a copied address shows the same view. */
import type { Params } from '../api/client.ts';
import { isSpan, SPANS, type Span } from '../logs/view-url.ts';

export const SPAN_DEFAULT: Span = '24h';

/** Which calls are listed. `tool` and `method` name a row of the table, at most one is given. */
export interface CallAddress {
  readonly span: Span;
  readonly tool: string | undefined;
  readonly method: string | undefined;
  readonly outcome: string | undefined;
  /** The opened call. */
  readonly call: string | undefined;
}

/** Reads `?range=&tool=&method=&outcome=&call=`; what is broken is left out. */
export function readCallAddress(search: string): CallAddress {
  const params = new URLSearchParams(search);
  const text = (name: string) => params.get(name) || undefined;
  const span = text('range') ?? '';
  return {
    span: isSpan(span) ? span : SPAN_DEFAULT,
    tool: text('tool'),
    method: text('method'),
    outcome: text('outcome'),
    call: text('call'),
  };
}

/** The query string of a view, with `?`; empty for the plain one. */
export function writeCallAddress({ span, ...rest }: CallAddress): string {
  const params = new URLSearchParams();
  if (span !== SPAN_DEFAULT) params.set('range', span);
  for (const [name, value] of Object.entries(rest)) {
    if (value !== undefined) params.set(name, value);
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** What the API is asked for; the window ends now. */
export function paramsOf({ span, tool, method, outcome }: CallAddress, nowMs: number): Params {
  const start_time = new Date(nowMs - SPANS[span]).toISOString();
  return { start_time, tool, method, outcome };
}

export function hasFilters({ tool, method, outcome }: CallAddress): boolean {
  return tool !== undefined || method !== undefined || outcome !== undefined;
}
