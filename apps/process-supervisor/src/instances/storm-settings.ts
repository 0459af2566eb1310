import { type BudgetLimits, DEFAULT_BUDGET } from '@mcplog/capture';
import type { StormLimits } from '@mcplog/protocol';
import { defineSettings, type SettingsOf } from '@mcplog/service-host';
import { Type } from 'typebox';

const amount = () => Type.Integer({ minimum: 0, maximum: 2 ** 50 });

/** How much each instance may print; a catalogue item may have limits of its own. */
export const STORM_SETTINGS = defineSettings({
  stormLinesPerSecond: {
    env: 'MCPLOG_STORM_LINES_PER_SECOND',
    schema: amount(),
    default: DEFAULT_BUDGET.linesPerSecond,
    meaning: 'Lines one instance may print each second, on and on; 0: as many as it likes.',
  },
  stormLinesBurst: {
    env: 'MCPLOG_STORM_LINES_BURST',
    schema: amount(),
    default: DEFAULT_BUDGET.linesBurst,
    meaning: 'Lines one instance may print at once after a quiet time.',
  },
  stormBytesPerDay: {
    env: 'MCPLOG_STORM_BYTES_PER_DAY',
    schema: amount(),
    default: DEFAULT_BUDGET.bytesPerDay,
    meaning: 'Bytes of entries from the lines of one instance in a day (UTC); 0: no limit.',
  },
  stormTracesPerSecond: {
    env: 'MCPLOG_STORM_TRACES_PER_SECOND',
    schema: amount(),
    default: DEFAULT_BUDGET.tracesPerSecond,
    meaning: 'Stack traces of one instance that pass each second while its lines are suppressed.',
  },
  repeatsShown: {
    env: 'MCPLOG_REPEATS_SHOWN',
    schema: amount(),
    default: 10,
    meaning: 'Equal lines in a row that are written before the rest is only counted; 0: all.',
  },
});

/** What one instance may print when its catalogue item says nothing else. */
export interface StormOptions {
  readonly limits: BudgetLimits;
  /** Absent: all. */
  readonly repeatsShown: number | undefined;
}

export function stormOptions(settings: SettingsOf<typeof STORM_SETTINGS>): StormOptions {
  const { stormTracesPerSecond, repeatsShown } = settings;
  const limits = {
    ...DEFAULT_BUDGET,
    linesPerSecond: settings.stormLinesPerSecond,
    linesBurst: settings.stormLinesBurst,
    bytesPerDay: settings.stormBytesPerDay,
    tracesPerSecond: stormTracesPerSecond,
  };
  return { limits, repeatsShown: repeatsShown === 0 ? undefined : repeatsShown };
}

/** The limits of an instance: its catalogue item's own above those of this service. */
export function limitsFor(limits: BudgetLimits, own: StormLimits = {}): BudgetLimits {
  const { linesPerSecond, linesBurst, bytesPerDay, tracesPerSecond } = { ...limits, ...own };
  const isEndless = linesPerSecond === 0;
  return {
    linesPerSecond: isEndless ? Infinity : linesPerSecond,
    linesBurst: isEndless ? Infinity : linesBurst,
    bytesPerDay: bytesPerDay === 0 ? Infinity : bytesPerDay,
    tracesPerSecond,
    tracesBurst: limits.tracesBurst,
  };
}
