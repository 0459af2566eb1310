import { ENTRY_TYPES, encodeEntry, type LogEntry, SYSTEM_LEVELS } from '@mcplog/log-entry';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  compareTimestamp,
  isFramed,
  levelAt,
  SEQ_KEY,
  seqAt,
  timestampAt,
  timestampBytes,
  typeAt,
} from './line-frame.ts';

const moments = fc.date({
  min: new Date(0),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});
const entries = fc.record({
  date: moments,
  level: fc.constantFrom(...SYSTEM_LEVELS),
  message: fc.oneof(fc.string({ unit: 'binary' }), fc.constant('"metadata":{"seq":1,')),
  seq: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  type: fc.constantFrom(...ENTRY_TYPES),
});

test('what bytes tell about a line is what its entry says', () => {
  fc.assert(
    fc.property(entries, moments, ({ date, level, message, seq, type }, other) => {
      const timestamp = date.toISOString();
      const metadata = { seq, type, service: 's', metadata: { seq: 5 } };
      const entry: LogEntry = { timestamp, level, message, metadata };
      const line = Buffer.from(`}\n${encodeEntry(entry)}\n`);
      const end = line.length - 1;
      expect(isFramed(line, 2, end)).toBe(true);
      expect(SYSTEM_LEVELS[levelAt(line, 2)]).toBe(level);
      expect(timestampAt(line, 2)).toBe(date.getTime());
      const keyAt = line.indexOf(SEQ_KEY);
      expect(seqAt(line, keyAt)).toBe(seq);
      expect(typeAt(line, keyAt)).toBe(type);
      const order = compareTimestamp(line, 2, timestampBytes(other.getTime()));
      expect(Math.sign(order)).toBe(Math.sign(date.getTime() - other.getTime()));
    }),
  );
});

test('a line cut anywhere has no frame', () => {
  const metadata = { seq: 1, type: 'stdout', service: 's' } as const;
  const line = Buffer.from(
    encodeEntry({ timestamp: '2025-07-13T15:30:00.000Z', level: 'info', message: 'm', metadata }),
  );
  for (let cut = 0; cut < line.length; cut++) expect(isFramed(line, 0, cut)).toBe(false);
  for (let cut = 1; cut < line.length; cut++) expect(isFramed(line, cut, line.length)).toBe(false);
});
