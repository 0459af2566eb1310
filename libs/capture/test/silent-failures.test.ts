/** Does an answer "ok" become suspected when, and only when, an exception was printed during it? */
import { expect, test } from 'vitest';
import { createCaptureSession } from '../src/index.ts';
import { loadSamples, type SetName } from './labelled-score.ts';

const SETS: readonly SetName[] = ['tuned', 'second', 'held-out', 'fresh'];

/** The outcome of a call during which just these lines are printed, as one write. */
function outcomeWith(printed: string): string {
  let outcome = '';
  const session = createCaptureSession({
    mask: (text) => text,
    emit: ({ type, metadata }) => {
      if (type === 'http') outcome = (JSON.parse(`{${metadata}}`) as { outcome: string }).outcome;
    },
    clock: { wallMs: () => 0, steadyMs: () => 0, schedule: () => () => undefined },
  });
  const line = (message: object) =>
    Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id: 1, ...message })}\n`);
  session.clientToServer(line({ method: 'tools/call', params: { name: 'any' } }));
  session.serverStderr(Buffer.from(`${printed}\n`));
  session.serverStdout(line({ result: { content: [] } }));
  session.end({});
  return outcome;
}

/** Every record of the labelled sets, each printed during a call of its own. */
function judgeAll() {
  return SETS.flatMap(loadSamples).flatMap(({ language, name, text, labels }) => {
    const lines = text.split('\n');
    return labels.map(({ first, last, level }) => {
      const printed = lines.slice(first - 1, last).join('\n');
      const isTurned = outcomeWith(printed) === 'suspected_error';
      return { language, level, isTurned, isLong: last > first, where: `${name} ${first}-${last}` };
    });
  });
}

test('ordinary output turns no call; errors with a stack turn theirs', () => {
  const judged = judgeAll();
  const harmless = judged.filter(({ level }) => level !== 'error');
  const falseAlarms = harmless.filter(({ isTurned }) => isTurned);
  const errors = judged.filter(({ level }) => level === 'error');
  const stacks = errors.filter(({ isLong }) => isLong);
  const told = (some: typeof judged) =>
    `${some.filter(({ isTurned }) => isTurned).length} of ${some.length}`;
  process.stdout.write(
    `silent failures: debug, info and warn ${told(harmless)} turned, ` +
      `errors of several lines ${told(stacks)}, all errors ${told(errors)}\n`,
  );
  for (const language of new Set(judged.map((one) => one.language))) {
    const mine = stacks.filter((one) => one.language === language);
    process.stdout.write(`  ${language.padEnd(11)} ${told(mine)}\n`);
  }
  const missed = stacks.filter(({ isTurned }) => !isTurned);
  process.stdout.write(`  missed: ${missed.map(({ where }) => where).join(' · ')}\n`);
  expect(falseAlarms.map(({ where }) => where)).toEqual([]);
  expect(stacks.filter(({ isTurned }) => isTurned).length / stacks.length).toBeGreaterThan(0.8);
});
