/** ripgrep and zgrep as a person would type them; their start is part of the time. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Question } from './questions.ts';
import type { Searcher } from './searcher.ts';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 64 * 2 ** 20;

export function grepSearchers(files: readonly string[]): Searcher[] {
  return [
    searcher('rg -z', { program: 'rg', flags: ['-I', '-z'], files }),
    searcher('zgrep', { program: 'zgrep', flags: ['-h'], files }),
  ];
}

interface GrepPlan {
  readonly program: string;
  readonly flags: readonly string[];
  readonly files: readonly string[];
}

/** They read forward, each file for itself, so they cannot give the newest, nor count by time. */
function searcher(name: string, plan: GrepPlan): Searcher {
  return {
    name,
    canAnswer: ({ wants }) => wants === 'total',
    ask: (question) => countOf(plan, question),
  };
}

async function countOf(
  { program, flags, files }: GrepPlan,
  { pattern }: Question,
): Promise<number> {
  const kind = pattern.fixed ? ['-F'] : program === 'rg' ? [] : ['-E'];
  const args = ['-c', ...flags, ...kind, '-e', pattern.text, ...files];
  const { stdout } = await run(program, args, {
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: OUTPUT_BYTES_MAX,
  }).catch(foundNothing);
  return stdout.split('\n').reduce((total, count) => total + Number(count), 0);
}

/** Exit status 1 says that a file has no match; its count is in the output all the same. */
function foundNothing(error: unknown): { stdout: string } {
  const { code, stdout } = error as { code?: unknown; stdout?: string };
  if (code === 1 && stdout !== undefined) return { stdout };
  throw error;
}
