import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';
import { type ListSize, ListWindow } from './list-window.ts';

export interface VirtualListProps extends ListSize {
  readonly label: string;
  /** Height of an ordinary row; rows that differ are measured. */
  readonly rowPx: number;
  /** Changes whenever every height may have changed, such as with wrapping. */
  readonly layout: string;
  readonly follow: Signal<boolean>;
  /** A row to bring into view; each new `at` does it once. */
  readonly reveal: { readonly index: number; readonly at: number } | undefined;
  readonly drawRow: (index: number) => ComponentChildren;
  readonly onNearStart: () => void;
  readonly onNearEnd: () => void;
  readonly onFirstSeen?: (index: number) => void;
}

/** Loading starts when fewer rows than this are left in a direction. */
const NEAR_ROWS = 150;

/** Draws the rows that can be seen, of any number. Every drawn row is an `li` with `data-index`. */
export function VirtualList(props: VirtualListProps) {
  const { follow, label } = props;
  const scroller = useRef<HTMLElement>(null);
  const rows = useRef<HTMLOListElement>(null);
  const [, redraw] = useReducer<number, undefined>((count) => count + 1, 0);
  const view = useListWindow(props);
  const drawn = view.drawn();
  const again = () => redraw(undefined);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    if (Math.abs(element.scrollTop - view.scrollTop) >= 1) element.scrollTop = view.scrollTop;
    view.settle(element.scrollTop);
  });
  useMeasuring({ scroller, rows, view, follow, again });
  useEffect(() => {
    if (props.count === 0) return;
    if (drawn.first < NEAR_ROWS) props.onNearStart();
    if (drawn.last > props.count - NEAR_ROWS) props.onNearEnd();
    props.onFirstSeen?.(view.firstSeen);
  });

  const onScroll = () => {
    const element = scroller.current;
    if (element === null || Math.abs(element.scrollTop - view.scrollTop) < 1) return;
    view.scrolled(element.scrollTop);
    follow.value = view.atEnd;
    again();
  };
  const indexes = Array.from({ length: drawn.last - drawn.first }, (_, at) => drawn.first + at);
  return (
    // A scrolling region must be reachable by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section class="list" ref={scroller} onScroll={onScroll} aria-label={label} tabIndex={0}>
      <div class="list-space" style={{ height: `${drawn.heightPx}px` }}>
        <ol class="list-rows" ref={rows} style={{ transform: `translateY(${drawn.shiftPx}px)` }}>
          {indexes.map(props.drawRow)}
        </ol>
      </div>
    </section>
  );
}

function useListWindow(props: VirtualListProps): ListWindow {
  const { rowPx, layout, follow, reveal } = props;
  const [view] = useState(() => new ListWindow(rowPx));
  const lastLayout = useRef(layout);
  const lastReveal = useRef<number>(undefined);
  view.resize(props, rowPx);
  if (lastLayout.current !== layout) view.remeasure(rowPx);
  lastLayout.current = layout;
  if (follow.value) view.toEnd();
  if (reveal && reveal.at !== lastReveal.current && view.viewPx > 0) {
    lastReveal.current = reveal.at;
    view.reveal(reveal.index);
  }
  return view;
}

interface Measuring {
  readonly scroller: { readonly current: HTMLElement | null };
  readonly rows: { readonly current: HTMLOListElement | null };
  readonly view: ListWindow;
  readonly follow: Signal<boolean>;
  readonly again: () => void;
}

/** Keeps the heights of the drawn rows and of the view itself. */
function useMeasuring({ scroller, rows, view, follow, again }: Measuring): void {
  useLayoutEffect(() => {
    if (scroller.current === null || rows.current === null) return;
    const observer = new ResizeObserver(() => {
      const viewPx = scroller.current?.clientHeight ?? 0;
      const changed = viewPx !== view.viewPx;
      view.viewPx = viewPx;
      if (!measureRows(rows.current, view) && !changed) return;
      if (follow.peek()) view.toEnd();
      again();
    });
    observer.observe(scroller.current);
    observer.observe(rows.current);
    return () => observer.disconnect();
  }, []);
}

function measureRows(rows: HTMLOListElement | null, view: ListWindow): boolean {
  let changed = false;
  for (const row of rows?.children ?? []) {
    if (!(row instanceof HTMLElement) || row.dataset.index === undefined) continue;
    if (view.measure(Number(row.dataset.index), row.offsetHeight)) changed = true;
  }
  return changed;
}
