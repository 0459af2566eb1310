import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { paletteVersion } from '../theme.ts';

interface ChartPlan {
  readonly heightPx: number;
  /** Draws into the element; `undefined` when there is nothing to draw. */
  readonly draw: (element: HTMLElement) => uPlot | undefined;
  /** Drawn anew when it changes, and when the colours do. */
  readonly drawn: unknown;
}

/** A chart as wide as its element, which gets the returned reference. */
export function useChart({ heightPx, draw, drawn }: ChartPlan): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null);
  const palette = paletteVersion.value;
  const latest = useRef(draw);
  latest.current = draw;
  useEffect(() => {
    const element = box.current;
    const chart = element === null ? undefined : latest.current(element);
    if (element === null || chart === undefined) return;
    const observer = new ResizeObserver(() =>
      chart.setSize({ width: element.clientWidth, height: heightPx }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [drawn, palette]);
  return box;
}
