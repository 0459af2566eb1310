import type { HealthLimits } from './health-settings.ts';

/** What one look at a server and its group has shown. */
export interface HealthSample {
  readonly steadyMs: number;
  readonly rssBytes: number;
  /** 100 is one core. */
  readonly cpuPercent: number;
}

/** An alert begins or is over. */
export interface AlertChange {
  readonly level: 'warn' | 'info';
  readonly event: string;
  readonly words: string;
  readonly facts: Readonly<Record<string, number>>;
}

/** What both watches do with a sample; at most one change comes of it. */
interface Watch {
  take(sample: HealthSample): AlertChange | undefined;
  end(): AlertChange | undefined;
}

const PARTS = 6;
const MIB = 2 ** 20;
/** An alert is over below this share of what began it, so that it does not come and go. */
const CALM_RISE = 0.25;
const CALM_CPU = 0.75;

/** Decides from the samples of one process what to tell; knows nothing of processes. */
export class ProcessAlerts {
  readonly #watches: readonly Watch[];

  constructor(limits: HealthLimits) {
    const { leakWindowSeconds, cpuAlertPercent } = limits;
    this.#watches = [
      ...(leakWindowSeconds > 0 ? [new LeakWatch(limits)] : []),
      ...(cpuAlertPercent > 0 ? [new CpuWatch(limits)] : []),
    ];
  }

  take(sample: HealthSample): AlertChange[] {
    return this.#watches.map((watch) => watch.take(sample)).filter((each) => each !== undefined);
  }

  /** The process has ended, and with it every alert. */
  end(): AlertChange[] {
    return this.#watches.map((watch) => watch.end()).filter((each) => each !== undefined);
  }
}

/**
 * Compares the least memory of each sixth of the window: a collector that lets memory swing, or a
 * cache that fills and stops, has a floor that does not rise in every one of them.
 */
class LeakWatch implements Watch {
  readonly #limits: HealthLimits;
  readonly #partMs: number;
  #floors: number[] = [];
  #partFloor = Infinity;
  #partEndMs: number | undefined;
  #isTold = false;

  constructor(limits: HealthLimits) {
    this.#limits = limits;
    this.#partMs = (limits.leakWindowSeconds * 1000) / PARTS;
  }

  take({ steadyMs, rssBytes }: HealthSample): AlertChange | undefined {
    this.#partEndMs ??= steadyMs + this.#partMs;
    if (steadyMs < this.#partEndMs) {
      this.#partFloor = Math.min(this.#partFloor, rssBytes);
      return undefined;
    }
    this.#floors = [...this.#floors, this.#partFloor].slice(-PARTS);
    this.#partFloor = rssBytes;
    this.#partEndMs = steadyMs + this.#partMs;
    return this.#floors.length < PARTS ? undefined : this.#judge();
  }

  end(): AlertChange | undefined {
    return this.#isTold ? this.#over('its process has ended', this.#floors.at(-1) ?? 0) : undefined;
  }

  #judge(): AlertChange | undefined {
    const floors = this.#floors;
    const [first, last] = [floors[0] as number, floors.at(-1) as number];
    const { leakRiseBytes, leakWindowSeconds } = this.#limits;
    if (this.#isTold) {
      const isCalm = last - first < leakRiseBytes * CALM_RISE;
      return isCalm ? this.#over('it no longer rises', last) : undefined;
    }
    const isSteady = floors.every((floor, at) => at === 0 || floor > (floors[at - 1] as number));
    if (!isSteady || last - first < leakRiseBytes) return undefined;
    this.#isTold = true;
    const words = `memory rose steadily from ${mib(first)} to ${mib(last)}`;
    return {
      level: 'warn',
      event: 'memory_leak',
      words: `${words} MiB in ${leakWindowSeconds} s`,
      facts: { fromBytes: first, toBytes: last, windowSeconds: leakWindowSeconds },
    };
  }

  #over(why: string, bytes: number): AlertChange {
    this.#isTold = false;
    const words = `memory alert over at ${mib(bytes)} MiB: ${why}`;
    return { level: 'info', event: 'memory_leak_over', words, facts: { toBytes: bytes } };
  }
}

class CpuWatch implements Watch {
  readonly #limits: HealthLimits;
  #samples: HealthSample[] = [];
  #sinceMs: number | undefined;
  #isTold = false;

  constructor(limits: HealthLimits) {
    this.#limits = limits;
  }

  take(sample: HealthSample): AlertChange | undefined {
    const { cpuAlertSeconds: seconds, cpuAlertPercent } = this.#limits;
    const { steadyMs } = sample;
    this.#sinceMs ??= steadyMs;
    const fromMs = steadyMs - seconds * 1000;
    this.#samples = [...this.#samples.filter((each) => each.steadyMs > fromMs), sample];
    const mean = Math.round(meanOf(this.#samples));
    if (this.#isTold) {
      return mean < cpuAlertPercent * CALM_CPU ? this.#over(`${mean} %`) : undefined;
    }
    if (this.#sinceMs > fromMs || mean < cpuAlertPercent) return undefined;
    this.#isTold = true;
    const words = `CPU use of ${mean} % over ${seconds} s (100 is one core)`;
    const facts = { cpuPercentMean: mean, windowSeconds: seconds };
    return { level: 'warn', event: 'cpu_high', words, facts };
  }

  end(): AlertChange | undefined {
    return this.#isTold ? this.#over('its process has ended') : undefined;
  }

  #over(why: string): AlertChange {
    this.#isTold = false;
    return { level: 'info', event: 'cpu_high_over', words: `CPU alert over: ${why}`, facts: {} };
  }
}

function meanOf(samples: readonly HealthSample[]): number {
  return samples.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0) / samples.length;
}

function mib(bytes: number): number {
  return Math.round(bytes / MIB);
}
