import type { Metrics } from '@mcplog/service-host';

type Figures = Readonly<Record<string, number>>;

/** Puts what the life signs tell on /metrics as well; hands it on. */
export function figuresGauge(metrics: Metrics): (figures: Figures) => Figures {
  const gauge = metrics.gauge({
    name: 'maintenance_figures',
    help: 'Waiting, sealed, failing and quarantined files, bytes and jobs, by name.',
    labels: ['figure'],
  });
  return (figures) => {
    for (const [figure, value] of Object.entries(figures)) gauge.set({ figure }, value);
    return figures;
  };
}
