import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inferLevel, LineFramer, RecordGrouper } from '../src/index.ts';
import { type Label, parseLabels } from './labelled/marked-text.ts';

export type SetName = 'tuned' | 'second' | 'third' | 'held-out' | 'fresh' | 'fourth';

const SAMPLES = join(import.meta.dirname, 'labelled/samples');

export interface Sample {
  readonly language: string;
  readonly name: string;
  readonly text: string;
  readonly labels: readonly Label[];
}

export interface Score {
  records: number;
  /** Labelled records of several lines. */
  long: number;
  exact: number;
  exactLong: number;
  /** Labelled records that became more than one. */
  split: number;
  /** Records of ours that hold lines of more than one labelled record. */
  merged: number;
  /** Records made exactly whose level is the labelled one. */
  levelRight: number;
  readonly findings: string[];
}

export function loadSamples(set: SetName): Sample[] {
  return readdirSync(join(SAMPLES, set)).flatMap((language) =>
    readdirSync(join(SAMPLES, set, language))
      .filter((file) => file.endsWith('.txt'))
      .map((file) => {
        const path = join(SAMPLES, set, language, file.slice(0, -4));
        const labels = parseLabels(readFileSync(`${path}.labels`, 'utf8'));
        const name = `${language}/${file.slice(0, -4)}`;
        return { language, name, text: readFileSync(`${path}.txt`, 'utf8'), labels };
      }),
  );
}

/** How a sample reaches the grouper. */
export type Arrival = 'one burst' | 'small chunks' | 'as printed' | 'in pairs';

interface Made {
  readonly first: number;
  readonly last: number;
  readonly text: string;
}

/** Groups a sample and says which lines each record of ours has. */
function group(sample: Sample, arrival: Arrival): Made[] {
  const made: Made[] = [];
  const lines: string[] = [];
  let at = 0;
  let moment = { wallMs: 0, steadyMs: 0, isMidLine: false };
  const clock = { wallMs: () => 0, steadyMs: () => moment.steadyMs, schedule: () => () => {} };
  const grouper = new RecordGrouper((record) => {
    const [head = ''] = record.text.split('\n');
    while (at < lines.length && lines[at] !== head) at++;
    made.push({ first: at + 1, last: at + record.lines, text: record.text });
    at += record.lines;
  }, clock);
  const framer = new LineFramer((line) => {
    lines.push(line.text);
    grouper.push(line, moment);
  });
  for (const chunk of chunksOf(sample, arrival)) {
    const gapMs = arrival === 'as printed' || arrival === 'in pairs' ? 8 : 0;
    moment = { wallMs: 0, steadyMs: moment.steadyMs + gapMs, isMidLine: framer.isMidLine };
    framer.push(chunk);
  }
  framer.end();
  grouper.end();
  return made;
}

function chunksOf({ text, labels }: Sample, arrival: Arrival): Buffer[] {
  const bytes = Buffer.from(text);
  if (arrival === 'one burst') return [bytes];
  if (arrival === 'small chunks') {
    const count = Math.ceil(bytes.length / 7);
    return Array.from({ length: count }, (_, n) => bytes.subarray(7 * n, 7 * n + 7));
  }
  const lines = text.split('\n');
  const step = arrival === 'in pairs' ? 2 : 1;
  const heads = labels.filter((_, n) => n % step === 0);
  return heads.map((label, n) => {
    const end = (heads[n + 1]?.first ?? lines.length) - 1;
    const part = lines.slice(n === 0 ? 0 : label.first - 1, end).join('\n');
    return Buffer.from(`${part}\n`);
  });
}

export function emptyScore(): Score {
  return {
    records: 0,
    long: 0,
    exact: 0,
    exactLong: 0,
    split: 0,
    merged: 0,
    levelRight: 0,
    findings: [],
  };
}

export function addScore(score: Score, sample: Sample, arrival: Arrival): void {
  const made = group(sample, arrival);
  const overlaps = (one: { first: number; last: number }, other: { first: number; last: number }) =>
    one.first <= other.last && other.first <= one.last;
  for (const one of made) {
    const met = sample.labels.filter((label) => overlaps(label, one));
    if (met.length > 1) {
      score.merged++;
      score.findings.push(`${sample.name} ${one.first}-${one.last}: ${met.length} in one`);
    }
  }
  for (const label of sample.labels) {
    const isLong = label.last > label.first;
    score.records++;
    if (isLong) score.long++;
    const met = made.filter((one) => overlaps(label, one));
    if (met.length > 1) {
      score.split++;
      const starts = met.map(({ first }) => first).join(' ');
      score.findings.push(`${sample.name} ${label.first}-${label.last}: split at ${starts}`);
    }
    const [only] = met;
    if (met.length !== 1 || only?.first !== label.first || only.last !== label.last) continue;
    score.exact++;
    if (isLong) score.exactLong++;
    const { level, reason } = inferLevel(only.text, 'stderr');
    if (level === label.level) score.levelRight++;
    else {
      const told = `${level} (${reason}), not ${label.level}`;
      const head = only.text.slice(0, 100).replace(/\n/g, '⏎');
      score.findings.push(`${sample.name} ${label.first}-${label.last}: ${told}: ${head}`);
    }
  }
}
