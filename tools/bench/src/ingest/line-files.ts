/** The lines that every contender gets: what ordinary servers print, about 75 bytes each. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, type Random } from '../random.ts';

/** Ends every file; an ordinary line of information for the file with the rest. */
export const LAST_LINE =
  '2026-11-23 13:59:59,999 INFO server.main - that was the last line of this run';

const WRITE_LINES = 4_096;
const STEP_MS_MAX = 40;

export interface LineFilesPlan {
  readonly dir: string;
  /** Lines of all files together. */
  readonly lines: number;
  readonly instances: number;
  /** Before each line, such as a syslog header for the instance of this number. */
  readonly prefix?: (instance: number) => string;
}

/** One file per instance, the lines shared out evenly; returns their paths. */
export function writeLineFiles({ dir, lines, instances, prefix }: LineFilesPlan): string[] {
  mkdirSync(dir, { recursive: true });
  return Array.from({ length: instances }, (_, instance) => {
    const path = join(dir, `lines-${instance}.txt`);
    const share = Math.floor(lines / instances) + (instance < lines % instances ? 1 : 0);
    writeLines(path, ordinaryLines(share, 1 + instance), prefix?.(instance) ?? '');
    return path;
  });
}

function writeLines(path: string, lines: Iterable<string>, prefix: string): void {
  const fd = openSync(path, 'w');
  let batch: string[] = [];
  const flush = () => {
    if (batch.length > 0) writeSync(fd, `${prefix}${batch.join(`\n${prefix}`)}\n`);
    batch = [];
  };
  for (const line of lines) if (batch.push(line) === WRITE_LINES) flush();
  flush();
  closeSync(fd);
}

/** `count` lines, the last of them {@link LAST_LINE}. */
export function* ordinaryLines(count: number, seed: number): Generator<string> {
  const random = createRandom(seed);
  let ms = Date.UTC(2026, 10, 23, 13);
  for (let line = 1; line < count; line++) {
    ms += random.below(STEP_MS_MAX);
    yield ordinaryLine(random, new Date(ms).toISOString());
  }
  if (count > 0) yield LAST_LINE;
}

/** 70 of 100 say what was done, 20 are access lines, 5 warn, 3 debug, 2 are errors. */
function ordinaryLine(random: Random, iso: string): string {
  const dice = random.below(100);
  const time = `${iso.slice(0, 10)} ${iso.slice(11, 19)},${iso.slice(20, 23)}`;
  const id = random.below(1_000_000);
  const tookMs = random.below(400);
  if (dice < 40) return `${time} INFO files.reader - listed /srv/reports/${id} in ${tookMs} ms`;
  if (dice < 70) return `${time} INFO tools.search - ${random.below(50)} results for job ${id}`;
  if (dice < 90) return accessLine(random, iso);
  if (dice < 95) return `${time} WARN cache.store - entry ${id} is older than ${tookMs} minutes`;
  if (dice < 98) return `${time} DEBUG http.client - connection ${id} reused after ${tookMs} ms`;
  return `${time} ERROR db.pool - query ${id} failed after ${tookMs} ms, attempt 2 of 3`;
}

function accessLine(random: Random, iso: string): string {
  const time = `${iso.slice(8, 10)}/Nov/2026:${iso.slice(11, 19)} +0000`;
  const request = `${random.pick(['GET', 'POST', 'PUT'])} /api/files/${random.below(100_000)}`;
  return `10.0.0.${random.below(250)} - - [${time}] "${request} HTTP/1.1" 200 ${random.below(9_000)}`;
}
