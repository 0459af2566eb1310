/** ripgrep, grep and zgrep as a person would type them; their start is part of the time. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Question } from './questions.ts';
import type { SearchedLogs } from './searched-logs.ts';
import type { Searcher } from './searcher.ts';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 64 * 2 ** 20;

export function grepSearchers({ plainFiles, gzipFiles }: SearchedLogs): Searcher[] {
  return [
    searcher('rg', 'plain', { program: 'rg', flags: ['-I'], files: plainFiles }),
    searcher('grep', 'plain', { program: 'grep', flags: ['-h'], files: plainFiles }),
    searcher('rg -z', 'gzip', { program: 'rg', flags: ['-I', '-z'], files: gzipFiles }),
    searcher('zgrep', 'gzip', { program: 'zgrep', flags: ['-h'], files: gzipFiles }),
  ];
}

interface GrepPlan {
  readonly program: string;
  readonly flags: readonly string[];
  readonly files: readonly string[];
}

function searcher(name: string, reads: Searcher['reads'], plan: GrepPlan): Searcher {
  return {
    name,
    reads,
    ask: (question) => (question.pageOnly ? firstOf(plan, question) : countOf(plan, question)),
  };
}

async function countOf({ program, flags, files }: GrepPlan, question: Question): Promise<number> {
  const output = await outputOf(program, [
    '-c',
    ...flags,
    ...patternOf(program, question),
    ...files,
  ]);
  return output.reduce((total, count) => total + Number(count), 0);
}

/** The first of a file, not the newest: they read forward, each file for itself. */
async function firstOf({ program, flags, files }: GrepPlan, question: Question): Promise<number> {
  const limit = ['-m', String(question.limit)];
  const output = await outputOf(program, [
    ...limit,
    ...flags,
    ...patternOf(program, question),
    ...files,
  ]);
  return Math.min(output.length, question.limit);
}

function patternOf(program: string, { pattern }: Question): string[] {
  const kind = pattern.fixed ? ['-F'] : program === 'rg' ? [] : ['-E'];
  return [...kind, '-e', pattern.text];
}

async function outputOf(program: string, args: readonly string[]): Promise<string[]> {
  const { stdout } = await run(program, args, {
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  return stdout.split('\n').slice(0, -1);
}
