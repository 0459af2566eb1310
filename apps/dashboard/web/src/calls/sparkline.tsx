import uPlot from 'uplot';
import { useChart } from '../ui/use-chart.ts';

const HEIGHT_PX = 26;

interface SparklineProps {
  readonly counts: readonly number[];
  readonly failures: readonly number[];
}

/** Calls over the window as small bars, failed ones in their own colour. */
export function Sparkline({ counts, failures }: SparklineProps) {
  const box = useChart({
    heightPx: HEIGHT_PX,
    draw: (element) => drawBars(element, { counts, failures }),
    drawn: `${counts} ${failures}`,
  });
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
