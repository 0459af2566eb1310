import type { CaptureCounters } from '@mcplog/capture';
import type { MaskCounters } from '@mcplog/masking';

/** What capture has done; sums only, no text and no value. */
export interface CaptureTotals {
  readonly suppressedLines: number;
  readonly suppressedBytes: number;
  readonly repeatsFolded: number;
  readonly pollutionLines: number;
  readonly cutLines: number;
  readonly unmaskableTexts: number;
  /** Masked spans by rule; all injected secrets are one, as their names are the users'. */
  readonly masked: ReadonlyMap<string, number>;
}

type CountOf = Omit<CaptureTotals, 'masked'>;

const SECRET = 'secret';
const NOTHING: CaptureTotals = {
  suppressedLines: 0,
  suppressedBytes: 0,
  repeatsFolded: 0,
  pollutionLines: 0,
  cutLines: 0,
  unmaskableTexts: 0,
  masked: new Map(),
};

/** Sums over all runs since this service began; they never fall. */
export class CaptureFigures {
  readonly #running = new Set<() => CaptureTotals>();
  #ended = NOTHING;

  /** Counts a run in; call the result at its end. */
  follow(read: () => CaptureTotals): () => void {
    this.#running.add(read);
    return () => {
      if (this.#running.delete(read)) this.#ended = sumOf([this.#ended, read()]);
    };
  }

  totals(): CaptureTotals {
    return sumOf([this.#ended, ...[...this.#running].map((read) => read())]);
  }
}

export function captureTotals(masking: MaskCounters, capture?: CaptureCounters): CaptureTotals {
  return {
    suppressedLines: capture?.suppressedLines ?? 0,
    suppressedBytes: capture?.suppressedBytes ?? 0,
    repeatsFolded: capture?.folded ?? 0,
    pollutionLines: capture?.pollution ?? 0,
    cutLines: capture?.cutLines ?? 0,
    unmaskableTexts: masking.overBudget,
    masked: foldSecrets(masking.byRule),
  };
}

function foldSecrets(byRule: ReadonlyMap<string, number>): Map<string, number> {
  const folded = new Map<string, number>();
  for (const [rule, count] of byRule) {
    const label = rule.startsWith(`${SECRET}:`) ? SECRET : rule;
    folded.set(label, (folded.get(label) ?? 0) + count);
  }
  return folded;
}

function sumOf(all: readonly CaptureTotals[]): CaptureTotals {
  const sum = (key: keyof CountOf) => all.reduce((total, each) => total + each[key], 0);
  const masked = new Map<string, number>();
  for (const each of all) {
    for (const [rule, count] of each.masked) masked.set(rule, (masked.get(rule) ?? 0) + count);
  }
  return {
    suppressedLines: sum('suppressedLines'),
    suppressedBytes: sum('suppressedBytes'),
    repeatsFolded: sum('repeatsFolded'),
    pollutionLines: sum('pollutionLines'),
    cutLines: sum('cutLines'),
    unmaskableTexts: sum('unmaskableTexts'),
    masked,
  };
}
