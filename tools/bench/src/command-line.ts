import { parseArgs } from 'node:util';

export const HELP = `benchmarks: everything compared side by side in one run

  npm run bench -- ingest [--lines N] [--rounds N] [--instances N] [--profile] [--try]
  npm run bench -- search [--gb N] [--rounds N] [--try]

  --lines N       lines in all (default 1000000)
  --instances N   compare one instance with N writing at once, the lines shared out (default 1)
  --profile       instead of comparing, list the functions in which the time goes
  --gb N          size of the searched logs, GB of plain text (default 1)
  --rounds N      repetitions, of which the median counts (default: ingest 3, search 5)
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
  readonly gb: number;
  readonly rounds: number;
  readonly keep: boolean;
}

export type Command =
  | IngestCommand
  | SearchCommand
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly problem: string };

const FLAGS = {
  lines: { type: 'string', default: '1000000' },
  instances: { type: 'string', default: '1' },
  gb: { type: 'string', default: '1' },
  rounds: { type: 'string' },
  profile: { type: 'boolean', default: false },
  try: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export function readCommandLine(args: readonly string[]): Command {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: FLAGS,
      allowPositionals: true,
    });
    const [name, ...more] = positionals;
    if (values.help || name === undefined) return { kind: 'help' };
    if (more.length > 0) throw new Error(`one benchmark at a time; "${more[0]}" is one too many`);
    const keep = !values.try;
    const rounds = (usual: number) => numberOf('--rounds', values.rounds ?? String(usual));
    if (name === 'search') {
      return { kind: 'search', gb: positive('--gb', values.gb), rounds: rounds(5), keep };
    }
    if (name !== 'ingest') throw new Error(`no benchmark "${name}"; there are ingest and search`);
    const { profile } = values;
    const lines = numberOf('--lines', values.lines);
    const instances = numberOf('--instances', values.instances);
    if (instances > lines) throw new Error('--instances cannot be above --lines');
    return { kind: 'ingest', lines, instances, rounds: rounds(3), profile, keep };
  } catch (error) {
    return { kind: 'refused', problem: (error as Error).message };
  }
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
