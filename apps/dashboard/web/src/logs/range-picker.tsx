import { Icon } from '../ui/icons.tsx';
import { fullTime } from '../ui/times.ts';
import { isSpan, type RangeChoice, SPANS, type Span } from './view-url.ts';

const NAMES = {
  all: 'All time',
  '15m': 'Last 15 minutes',
  '1h': 'Last hour',
  '6h': 'Last 6 hours',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
} as const;

interface RangePickerProps {
  readonly range: RangeChoice;
  readonly onRange: (range: RangeChoice) => void;
}

/** All time, a span that ends now, or the window dragged in the chart. */
export function RangePicker({ range, onRange }: RangePickerProps) {
  if (range.kind === 'window') {
    const words = `${fullTime(range.fromMs)} – ${fullTime(range.toMs)}`;
    return (
      <span class="range-window">
        {words}
        <button
          type="button"
          class="icon-button"
          aria-label="Leave this time range"
          onClick={() => onRange({ kind: 'all' })}
        >
          <Icon name="close" />
        </button>
      </span>
    );
  }
  const pick = (name: string) =>
    onRange(isSpan(name) ? { kind: 'last', span: name } : { kind: 'all' });
  return (
    <select
      class="range"
      aria-label="Time range"
      value={range.kind === 'last' ? range.span : 'all'}
      onChange={(event) => pick(event.currentTarget.value)}
    >
      {Object.entries(NAMES).map(([name, words]) => (
        <option key={name} value={name}>
          {words}
        </option>
      ))}
    </select>
  );
}

/** `last 24 hours`. */
export function spanWordsOf(span: Span): string {
  return NAMES[span].toLowerCase();
}

/** A span that ends now. */
export function SpanPicker({ span, onSpan }: { span: Span; onSpan: (span: Span) => void }) {
  return (
    <select
      class="range"
      aria-label="Time range"
      value={span}
      onChange={({ currentTarget: { value } }) => isSpan(value) && onSpan(value)}
    >
      {Object.keys(SPANS)
        .filter(isSpan)
        .map((name) => (
          <option key={name} value={name}>
            {NAMES[name]}
          </option>
        ))}
    </select>
  );
}
