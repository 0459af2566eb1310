import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { paletteVersion } from '../theme.ts';

const HEIGHT_PX = 26;

interface SparklineProps {
  readonly counts: readonly number[];
  readonly failures: readonly number[];
}

/** Calls over the window as small bars, failed ones in their own colour. */
export function Sparkline({ counts, failures }: SparklineProps) {
  const box = useRef<HTMLDivElement>(null);
  const palette = paletteVersion.value;
  const drawn = `${counts} ${failures}`;
  const latest = useRef<SparklineProps>({ counts, failures });
  latest.current = { counts, failures };
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const chart = drawBars(element, latest.current);
    const observer = new ResizeObserver(() =>
      chart.setSize({ width: element.clientWidth, height: HEIGHT_PX }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [drawn, palette]);
  return <div class="sparkline" ref={box} aria-hidden="true" />;
}

function drawBars(element: HTMLElement, { counts, failures }: SparklineProps): uPlot {
  const color = (name: string) => getComputedStyle(element).getPropertyValue(name).trim();
  const bars = uPlot.paths.bars?.({ size: [0.8, 8], gap: 1 });
  const series = (name: string): uPlot.Series => ({
    fill: color(name),
    width: 0,
    points: { show: false },
    ...(bars ? { paths: bars } : {}),
  });
  const options: uPlot.Options = {
    width: element.clientWidth,
    height: HEIGHT_PX,
    padding: [2, 0, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: [-0.5, counts.length - 0.5] }, y: { range: upTo } },
    axes: [{ show: false }, { show: false }],
    series: [{}, series('--chart-info'), series('--chart-error')],
  };
  const places = counts.map((_, at) => at);
  return new uPlot(options, [places, [...counts], [...failures]], element);
}

function upTo(_: uPlot, __: number, max: number): [number, number] {
  return [0, Math.max(max, 1)];
}
