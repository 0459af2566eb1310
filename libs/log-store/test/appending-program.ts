/**
 * Appends numbered entries for ever and prints, after each commit, the last n that is durable.
 * argv: root, first n.
 */
import { openLogWriter } from '../src/writer.ts';
import { encodeLines, entryOf, instanceFile } from './entries.ts';

const [, , root = '', first = '1'] = process.argv;
const writer = openLogWriter({ root, onFinding: () => undefined });
const target = instanceFile('app');
for (let n = Number(first); ; n += 50) {
  const entries = Array.from({ length: 50 }, (_, at) =>
    entryOf(n + at, 'x'.repeat((n + at) % 900)),
  );
  const [firstSeq, lastSeq] = [entries[0], entries[49]].map((entry) => entry?.metadata.seq ?? 0);
  writer.append(target, encodeLines(entries), {
    firstSeq: firstSeq as number,
    lastSeq: lastSeq as number,
    count: entries.length,
  });
  const failures = await writer.commit();
  if (failures.length > 0) throw failures[0]?.error;
  process.stdout.write(`${n + 49}\n`);
}
