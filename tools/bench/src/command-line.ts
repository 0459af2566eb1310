import { parseArgs } from 'node:util';

export const HELP = `benchmarks: everything compared side by side in one run

  npm run bench -- ingest [--lines N] [--rounds N] [--instances N] [--profile] [--try]
  npm run bench -- search [--gb N,N] [--rounds N] [--store DIR] [--try]
  npm run bench -- seal|verify|export [--gb N] [--rounds N] [--store DIR] [--try]

  --lines N       lines in all (default 1000000)
  --instances N   compare one instance with N writing at once, the lines shared out (default 1)
  --profile       instead of comparing, list the functions in which the time goes
  --gb N          size of the logs, GB of plain text; search takes several, smallest first
                  (default: search 1, verify and export 1, seal 0.3)
  --store DIR     keep the sealed logs there and use them again, instead of a temporary folder
  --rounds N      repetitions, of which the median counts (default: ingest, seal, verify and
                  export 3, search 5)
  --try           only print; otherwise tools/bench/results and docs/performance.md are rewritten
`;

export interface IngestCommand {
  readonly kind: 'ingest';
  readonly lines: number;
  readonly instances: number;
  readonly rounds: number;
  readonly profile: boolean;
  readonly keep: boolean;
}

export interface SearchCommand {
  readonly kind: 'search';
  /** Sizes, rising. */
  readonly gb: readonly number[];
  readonly rounds: number;
  /** Where sealed logs are kept for the next run. */
  readonly store?: string;
  readonly keep: boolean;
}

/** Benchmarks of what is done with one store of sealed logs. */
export interface StoreCommand {
  readonly kind: 'seal' | 'verify' | 'export';
  readonly gb: number;
  readonly rounds: number;
  readonly store?: string;
  readonly keep: boolean;
}

export type Command =
  | IngestCommand
  | SearchCommand
  | StoreCommand
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly problem: string };

const FLAGS = {
  lines: { type: 'string', default: '1000000' },
  instances: { type: 'string', default: '1' },
  gb: { type: 'string' },
  store: { type: 'string' },
  rounds: { type: 'string' },
  profile: { type: 'boolean', default: false },
  try: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const NAMES = ['ingest', 'search', 'seal', 'verify', 'export'] as const;
const ROUNDS = { ingest: 3, search: 5, seal: 3, verify: 3, export: 3 } as const;
const GB = { search: '1', seal: '0.3', verify: '1', export: '1' } as const;

export function readCommandLine(args: readonly string[]): Command {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: FLAGS,
      allowPositionals: true,
    });
    const [given, ...more] = positionals;
    if (values.help || given === undefined) return { kind: 'help' };
    if (more.length > 0) throw new Error(`one benchmark at a time; "${more[0]}" is one too many`);
    const kind = NAMES.find((name) => name === given);
    if (kind === undefined) {
      throw new Error(`no benchmark "${given}"; there are ${NAMES.join(', ')}`);
    }
    const rounds = numberOf('--rounds', values.rounds ?? String(ROUNDS[kind]));
    const common = { rounds, keep: !values.try };
    if (kind === 'ingest') return { ...ingestOf(values), ...common };
    const store = values.store === undefined ? {} : { store: values.store };
    const sizes = (values.gb ?? GB[kind]).split(',').map((text) => positive('--gb', text));
    if (kind === 'search') {
      const gb = sizes.toSorted((left, right) => left - right);
      return { kind, gb, ...store, ...common };
    }
    const [size = 0, ...others] = sizes;
    if (others.length > 0) throw new Error(`--gb takes one size for ${kind}`);
    return { kind, gb: size, ...store, ...common };
  } catch (error) {
    return { kind: 'refused', problem: (error as Error).message };
  }
}

function ingestOf(values: {
  readonly lines: string;
  readonly instances: string;
  readonly profile: boolean;
}): Omit<IngestCommand, 'rounds' | 'keep'> {
  const lines = numberOf('--lines', values.lines);
  const instances = numberOf('--instances', values.instances);
  if (instances > lines) throw new Error('--instances cannot be above --lines');
  return { kind: 'ingest', lines, instances, profile: values.profile };
}

function numberOf(flag: string, text: string): number {
  const value = positive(flag, text);
  if (!Number.isInteger(value)) throw new Error(`${flag} takes a whole number, not "${text}"`);
  return value;
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || value <= 0) {
    throw new Error(`${flag} takes a number above 0, not "${text}"`);
  }
  return value;
}
