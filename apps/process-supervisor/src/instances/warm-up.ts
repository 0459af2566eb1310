/**
 * Compiles what lines go through before the first server floods: until V8 has done so a burst takes
 * several times as long, and all other servers wait for it. Made-up lines of a server that does not
 * exist go through capture and masking, and nothing of them is kept.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import {
  type CaptureSession,
  createCaptureSession,
  DEFAULT_BUDGET,
  StormBudget,
  TRACE_WORDS,
} from '@mcplog/capture';
import { createMasker } from '@mcplog/masking';
import { SectionEncoder } from '@mcplog/protocol';
import { captureMasks } from './capture-masks.ts';

/** One read of a pipe; others have their turn after each. */
const CHUNK_BYTES = 64 * 1024;
const CHUNKS = 32;
/** Of one kind in a row, so that lines go the short way and the long one by turns. */
const ROW_LINES = 32;
/** The last chunks are over the budget, as most of a flood is. */
const LINES_TAKEN = 20_000;
const IDENTITY = {
  ...{ userId: 'nobody', instanceId: 'none', service: 'none' },
  ...{ run: 1, firstN: 1, stderrRouting: 'by-level' as const },
};

/** A line of each kind that goes its own way. */
const KINDS: readonly ((n: number) => string)[] = [
  (n) => `2026-01-02 03:04:05,678 INFO app.worker - job ${n} took ${n % 97} ms`,
  (n) => `waiting for the upstream, attempt ${n}`,
  (n) => `{"level":"info","msg":"row ${n} stored"}`,
  (n) => `10.0.0.7 - - [02/Jan/2026:03:04:05 +0000] "GET /items/${n} HTTP/1.1" 200 17`,
  (n) => `ERROR: query ${n} failed\n    at step (/srv/app/steps.js:${n}:5)`,
  (n) => `token=${n.toString(16).padStart(24, '0')} was refused – again`,
];

/** Resolves when everything is compiled; takes some tenths of a second, in short turns. */
export async function warmUp(): Promise<void> {
  const encoder = new SectionEncoder();
  const session = openSession(encoder);
  let n = 0;
  for (let at = 0; at < CHUNKS; at++) {
    let text = '';
    while (text.length < CHUNK_BYTES) text += `${lineOf(n++)}\n`;
    session.serverStderr(Buffer.from(text));
    session.held();
    crc32(encoder.finish(IDENTITY));
    await nextTurn();
  }
  session.end({ reason: 'nothing is kept of it' });
}

function lineOf(n: number): string {
  const kind = KINDS[Math.floor(n / ROW_LINES) % KINDS.length] as (n: number) => string;
  return kind(n);
}

function openSession(encoder: SectionEncoder): CaptureSession {
  const { sieves, ...masks } = captureMasks(createMasker({ watchedWords: TRACE_WORDS }));
  const limits = { ...DEFAULT_BUDGET, linesPerSecond: 1, linesBurst: LINES_TAKEN };
  return createCaptureSession({
    ...masks,
    budget: new StormBudget(limits),
    emit: (record) => encoder.append(record),
    runs: { sieves, emit: (lines) => encoder.appendLines(lines) },
  });
}
