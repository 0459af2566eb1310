/**
 * Makes the samples anew by running the programs: `node regenerate.ts <work folder>`.
 * The work folder has what the programs need (README.md says how to fill it); what is missing
 * there is skipped and its samples stay as they are.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { JOBS, type Job, type Step } from './jobs.ts';
import { splitMarked } from './marked-text.ts';

const STEP_MS_MAX = 60_000;

function runStep(step: Step, fd: number, work: string): void {
  if (step.level !== undefined) writeSync(fd, `\u001e${step.level}\u001f`);
  if (step.text !== undefined) writeSync(fd, `${step.text}\n`);
  if (step.command === undefined) return;
  const [command = '', ...args] = step.command.map((word) => word.replaceAll('$WORK', work));
  spawnSync(command, args, {
    cwd: join(work, 'app', step.cwd ?? ''),
    stdio: ['ignore', step.stdout === true ? fd : 'ignore', fd],
    timeout: STEP_MS_MAX,
    env: {
      PATH: process.env.PATH,
      RUSTUP_HOME: process.env.RUSTUP_HOME,
      HOME: work,
      TZ: 'UTC',
      LANG: 'C.UTF-8',
      ...step.env,
    },
  });
}

/** Paths of this machine say nothing about a format. */
function clean(text: string, work: string): string {
  return text
    .replaceAll(`${work}/app`, '/srv/app')
    .replace(/\/\S*?\/lib\/(python3\.\d+)\/site-packages/g, '/srv/venv/lib/$1/site-packages')
    .replace(/(?<=["(\s])\/[^\s"]*?\/lib\/(python3\.\d+)\//g, '/usr/lib/$1/')
    .replaceAll(/\/[^\s":(]*\/bin\/python(?:3[\d.]*)?(?=[ :])/g, '/usr/bin/python3')
    .replaceAll(work, '/srv')
    .replace(/\/\S*\/node_modules\/node\/bin\/node|\/srv\/node24/g, '/usr/bin/node')
    .replaceAll('registry.npmjs.org', 'registry.example.org')
    .replace(/\/rustc\/[0-9a-f]{40}/g, '/rustc/0000000000000000000000000000000000000000')
    .replace(/"hostname":"[^"]*"/g, '"hostname":"host"');
}

function runJob(job: Job, work: string): void {
  const needs = (job.needs ?? []).map((path) => path.replaceAll('$WORK', work));
  const missing = needs.filter((path) => !existsSync(path));
  if (missing.length > 0) {
    process.stdout.write(`${job.name}: left as it is, no ${missing.join(', ')}\n`);
    return;
  }
  const raw = join(work, 'raw.txt');
  const fd = openSync(raw, 'w');
  for (const step of job.steps) runStep(step, fd, work);
  closeSync(fd);
  const marked = clean(readFileSync(raw, 'utf8'), work);
  write(job.name, job.alter === undefined ? marked : job.alter(marked));
}

/** Formats of programs that could not be run: written by hand, marks as «E». */
function takeHandwritten(): void {
  for (const set of ['tuned', 'second', 'held-out']) {
    const folder = join(import.meta.dirname, 'handwritten', set);
    for (const file of existsSync(folder) ? readdirSync(folder) : []) {
      const [language = '', scene = ''] = file.replace('.marked', '').split('--');
      const marked = readFileSync(join(folder, file), 'utf8');
      const name = `${set}/${language}/handwritten-${scene}`;
      write(name, marked.replace(/«([DIWE])»/g, '\u001e$1\u001f'));
    }
  }
}

function write(name: string, marked: string): void {
  const { text, labels } = splitMarked(marked, name);
  const path = join(import.meta.dirname, 'samples', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.txt`, text);
  writeFileSync(`${path}.labels`, labels);
}

const work = resolve(process.argv[2] ?? '');
if (!existsSync(work) || process.argv[2] === undefined) throw new Error('name a work folder');
cpSync(join(import.meta.dirname, 'programs'), join(work, 'app'), { recursive: true });
takeHandwritten();
const wanted = process.argv[3] ?? '';
for (const job of JOBS) if (job.name.includes(wanted)) runJob(job, work);
