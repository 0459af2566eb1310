import { afterAll, describe, expect, it } from 'vitest';
import { createMasker, MASK_RULES } from '../src/index.ts';
import { type LabelledLine, readLabelled, readLines } from './labelled-set.ts';
import { WRITTEN_FORMS } from './written-forms.ts';

const EVERYTHING = { email: true, card: true, iban: true, ssn: true, phone: true, ip: true };
/** Each line is looked at with so many different random values in it. */
const FILLINGS = 20;

interface Score {
  found: number;
  all: number;
}

const byRule = new Map<string, Score>();
const byLayer = new Map<string, Score>();
const layers = new Map<string, string>(MASK_RULES.map(({ id, group }) => [id, group]));

function scoreIn(scores: Map<string, Score>, name: string): Score {
  const score = scores.get(name) ?? { found: 0, all: 0 };
  scores.set(name, score);
  return score;
}

/** Masks a line and notes which of its values are gone; answers with those that are not. */
function missedOf({ rule, text, values }: LabelledLine): string[] {
  const masked = createMasker({ personalData: EVERYTHING }).mask(text);
  const missed = values.filter((value) => masked.includes(value));
  for (const scores of [
    scoreIn(byRule, rule),
    scoreIn(byLayer, layers.get(rule) ?? `no rule ${rule}`),
  ]) {
    scores.all += values.length;
    scores.found += values.length - missed.length;
  }
  return missed;
}

function fillings(name: string): LabelledLine[] {
  return Array.from({ length: FILLINGS }, (_, i) => readLabelled(name, i + 1)).flat();
}

function recallOf(lines: readonly LabelledLine[]): number {
  const missed = lines.flatMap(missedOf).length;
  const all = lines.flatMap(({ values }) => values).length;
  return (all - missed) / all;
}

function table(scores: ReadonlyMap<string, Score>): string {
  const rows = [...scores].map(
    ([name, { found, all }]) =>
      `  ${name.padEnd(26)} ${String(found).padStart(5)} of ${String(all).padStart(5)}  ${((100 * found) / all).toFixed(1)} %`,
  );
  return rows.join('\n');
}

describe('of the labelled set', () => {
  it.each([
    ['credentials', 1],
    ['context', 0.98],
    ['personal', 1],
    ['second', 0.98],
  ] as const)('the lines of %s lose at least %d of what must not be seen', (name, least) => {
    expect(recallOf(fillings(name))).toBeGreaterThanOrEqual(least);
  });

  it.each(['credentials', 'context', 'personal', 'second'])(
    'the lines of %s keep everything else',
    (name) => {
      for (const { text, rest, values } of fillings(name)) {
        const masked = createMasker({ personalData: EVERYTHING }).mask(text);
        if (values.some((value) => masked.includes(value))) continue;
        expect(rest.filter((piece) => !masked.includes(piece))).toEqual([]);
      }
    },
  );

  it('an injected secret is gone from every line in every form', () => {
    const value = 'tk-49X:qw"erty/ui+op';
    const masker = createMasker({ secrets: [{ name: 'KEY', value }] });
    const score = scoreIn(byLayer, 'secret');
    for (const line of readLines('harmless')) {
      for (const write of Object.values(WRITTEN_FORMS)) {
        score.all++;
        const masked = masker.mask(`${line} ${write(value)} ${line}`);
        if (masked === `${line} [masked:secret:KEY] ${line}`) score.found++;
      }
    }
    expect(score.found).toBe(score.all);
  });

  it('every rule has lines', () => {
    const labelled = new Set(['credentials', 'context', 'personal', 'second'].flatMap(rulesOf));
    expect(MASK_RULES.map(({ id }) => id).filter((id) => !labelled.has(id))).toEqual([]);
  });

  it('harmless lines stay as they are, by all rules whose switch is on', () => {
    const masker = createMasker({ personalData: { phone: true } });
    const lines = readLines('harmless');
    expect(lines.filter((line) => masker.mask(line) !== line)).toEqual([]);
  });

  it('harmless lines stay as they are in a stream of a server that was given secrets', () => {
    const secrets = readLabelled('credentials', 99).flatMap(({ values }, i) =>
      values.map((value) => ({ name: `S${i}`, value })),
    );
    const stream = createMasker({ secrets }).createLineMasker();
    for (const line of readLines('harmless')) expect(stream.maskLine(line)).toBe(line);
  });
});

function rulesOf(name: string): string[] {
  return readLabelled(name, 1).map(({ rule }) => rule);
}

afterAll(() => {
  const masker = createMasker({ personalData: EVERYTHING });
  const lines = readLines('harmless');
  const changed = lines.filter((line) => masker.mask(line) !== line);
  process.stdout.write(
    `recall by layer\n${table(byLayer)}\nrecall by rule\n${table(byRule)}\n` +
      `false alarms with every switch on: ${changed.length} of ${lines.length} lines\n` +
      [...masker.counters().byRule].map(([rule, count]) => `  ${rule}: ${count}\n`).join(''),
  );
});
