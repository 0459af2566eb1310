import { SYSTEM_LEVELS } from '@mcplog/log-entry';
import type { Histogram as HistogramAnswer } from '@mcplog/protocol';
import { useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { countWords, fullTime } from '../ui/times.ts';
import { useChart } from '../ui/use-chart.ts';
import { DRAWN_LEVELS, stackBuckets, totalsByLevel } from './histogram-data.ts';

interface HistogramProps {
  readonly data: HistogramAnswer['data'] | undefined;
  readonly failed: boolean;
  /** Called with a dragged range, milliseconds since 1970. */
  readonly onRange: (fromMs: number, toMs: number) => void;
}

const HEIGHT_PX = 84;

/** 24-hour labels as fine as the step between them; the day where it changes. */
const TIMES: uPlot.Axis.DynamicValues = (_, times) =>
  times.map((time, at) => {
    const [day, clock] = fullTime(time * 1000).split(' ') as [string, string];
    const before = times[at - 1];
    const newDay = before !== undefined && !fullTime(before * 1000).startsWith(day);
    const step = (times[1] ?? time) - (times[0] ?? time);
    if (newDay || step >= 86_400) return day.slice(5);
    return step < 60 ? clock : clock.slice(0, 5);
  });

/** Entries over time, stacked by level; dragging picks a range. */
export function Histogram({ data, failed, onRange }: HistogramProps) {
  const latest = useRef(onRange);
  latest.current = onRange;
  const box = useChart({
    heightPx: HEIGHT_PX,
    draw: (element) =>
      data === undefined || data.buckets.length === 0
        ? undefined
        : drawChart(element, data, (from, to) => latest.current(from, to)),
    drawn: data,
  });
  return (
    <figure class="histogram">
      <div class="histogram-chart" ref={box} aria-hidden="true" />
      {data === undefined && <p class="histogram-note">{failed ? 'No chart available' : ''}</p>}
      {data && <figcaption class="visually-hidden">{chartWords(data)}</figcaption>}
    </figure>
  );
}

function drawChart(
  element: HTMLElement,
  data: HistogramAnswer['data'],
  onRange: (fromMs: number, toMs: number) => void,
): uPlot {
  const color = (name: string) => getComputedStyle(element).getPropertyValue(name).trim();
  const bars = uPlot.paths.bars?.({ size: [0.8, 24], align: 1 });
  const axis = { stroke: color('--chart-text'), ticks: { show: false }, font: '11px system-ui' };
  const options: uPlot.Options = {
    width: element.clientWidth,
    height: HEIGHT_PX,
    padding: [6, 16, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    select: { show: true, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: { range: [Date.parse(data.start_time) / 1000, Date.parse(data.end_time) / 1000] },
      y: { range: (_, __, max) => [0, Math.max(max, 1)] },
    },
    axes: [
      { ...axis, size: 22, space: 70, values: TIMES, grid: { show: false } },
      { ...axis, size: 42, splits: ends, grid: { show: false } },
    ],
    series: [
      {},
      ...DRAWN_LEVELS.map((level) => ({
        fill: color(`--chart-${level}`),
        width: 0,
        points: { show: false },
        ...(bars ? { paths: bars } : {}),
      })),
    ],
    hooks: { setSelect: [(chart) => takeSelection(chart, onRange)], setCursor: [showBucket(data)] },
  };
  return new uPlot(options, stackBuckets(data.buckets) as uPlot.AlignedData, element);
}

/** Only the bottom and the top of the axis are labelled. */
function ends(chart: uPlot): number[] {
  return [0, chart.scales.y?.max ?? 1];
}

function takeSelection(chart: uPlot, onRange: (fromMs: number, toMs: number) => void): void {
  const { left, width } = chart.select;
  if (width < 4) return;
  const from = chart.posToVal(left, 'x') * 1000;
  const to = chart.posToVal(left + width, 'x') * 1000;
  chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onRange(Math.floor(from), Math.ceil(to));
}

/** Puts the time and counts of the bar under the pointer into the chart's tooltip. */
function showBucket(data: HistogramAnswer['data']) {
  return (chart: uPlot) => {
    const bucket = data.buckets[chart.cursor.idx ?? -1];
    const counts = SYSTEM_LEVELS.filter((level) => (bucket?.counts[level] ?? 0) > 0).map(
      (level) => `${level} ${countWords(bucket?.counts[level] ?? 0)}`,
    );
    chart.over.title = bucket
      ? `${fullTime(Date.parse(bucket.time))}\n${counts.join(', ') || 'nothing'}\nDrag to pick a range`
      : '';
  };
}

function chartWords(data: HistogramAnswer['data']): string {
  const totals = totalsByLevel(data.buckets);
  const counts = SYSTEM_LEVELS.filter((level) => totals[level] > 0)
    .map((level) => `${totals[level]} ${level}`)
    .join(', ');
  const from = fullTime(Date.parse(data.start_time));
  const to = fullTime(Date.parse(data.end_time));
  return `Entries from ${from} to ${to}: ${counts || 'none'}`;
}
