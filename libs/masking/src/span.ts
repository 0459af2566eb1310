/** A part of a text that must not be seen, in UTF-16 positions. */
export interface Span {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly rule: string;
  /** What the keyed hash is taken of: the secret itself, whatever form it stood in. */
  readonly value: string;
  /** 0 is the surest layer; where spans overlap, the surest names the whole. */
  readonly rank: number;
}

/**
 * Joins overlapping spans, so that no part of either shows; the result is in text order.
 */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const sorted = [...spans].sort((a, b) => a.start - b.start || a.rank - b.rank);
  const merged: Span[] = [];
  for (const span of sorted) {
    const last = merged.at(-1);
    if (last === undefined || span.start >= last.end) merged.push(span);
    else merged[merged.length - 1] = joinSpans(last, span);
  }
  return merged;
}

function joinSpans(a: Span, b: Span): Span {
  const winner = b.rank < a.rank ? b : a;
  return { ...winner, start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}

/** Builds the text with each span replaced; the spans are in order and do not overlap. */
export function replaceSpans(
  text: string,
  spans: readonly Span[],
  marker: (span: Span) => string,
): string {
  let out = '';
  let from = 0;
  for (const span of spans) {
    out += text.slice(from, span.start) + marker(span);
    from = span.end;
  }
  return out + text.slice(from);
}
