/** Figures of one service for Prometheus, in a registry of its own. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface MetricOptions<L extends string> {
  /** Without the `mcplog_` prefix; unit last, such as `batch_bytes_total`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly L[];
}

export interface HistogramOptions<L extends string> extends MetricOptions<L> {
  /** Upper bounds, ascending, in the unit of the name. */
  readonly buckets?: readonly number[];
}

export interface Metrics {
  counter<L extends string>(options: MetricOptions<L>): Counter<L>;
  gauge<L extends string>(options: MetricOptions<L>): Gauge<L>;
  histogram<L extends string>(options: HistogramOptions<L>): Histogram<L>;
  /** The exposition text. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Every figure carries the label `app`; process figures (CPU, heap, event loop) are included. */
export function createMetrics(app: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ app });
  collectDefaultMetrics({ register: registry });
  return {
    counter: (options) => new Counter(configuration(options, registry)),
    gauge: (options) => new Gauge(configuration(options, registry)),
    histogram: (options) => {
      const buckets = options.buckets ? { buckets: [...options.buckets] } : {};
      return new Histogram({ ...configuration(options, registry), ...buckets });
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function configuration<L extends string>(options: MetricOptions<L>, registry: Registry) {
  return {
    name: `mcplog_${options.name}`,
    help: options.help,
    labelNames: options.labels ?? [],
    registers: [registry],
  };
}
