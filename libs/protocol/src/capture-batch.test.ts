import { ENTRY_TYPES, LEVELS } from '@mcplog/log-entry';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CaptureRecord, decodeCaptureBatch, SectionEncoder } from './capture-batch.ts';

const identity = {
  userId: 'u1',
  instanceId: 'i1',
  service: 'everything',
  run: 1,
  firstN: 1,
  stderrRouting: 'error-log',
} as const;

const record: fc.Arbitrary<CaptureRecord> = fc.record({
  timestampMs: fc.integer({ min: 0, max: 4e12 }),
  type: fc.constantFrom(...ENTRY_TYPES),
  level: fc.option(fc.constantFrom(...LEVELS), { nil: undefined }),
  message: fc.string({ unit: 'grapheme' }),
  metadata: fc.constantFrom('', '"pid":7', '"näme":"ü"'),
});

test('records come out of a batch as they went in, section by section', () => {
  fc.assert(
    fc.property(fc.array(fc.array(record, { maxLength: 20 }), { maxLength: 4 }), (sections) => {
      const encoder = new SectionEncoder(16);
      const batch = Buffer.concat(
        sections.map((records) => {
          for (const each of records) encoder.append(each);
          return Buffer.from(encoder.finish(identity));
        }),
      );
      const decoded = [...decodeCaptureBatch(batch)].map(({ header, records }) => {
        const list = [...records].map((view) => ({
          ...view,
          message: view.message.toString(),
          metadata: view.metadata.toString(),
        }));
        expect(header.count).toBe(list.length);
        return list;
      });
      expect(decoded).toEqual(sections);
    }),
  );
});

test('a header may be longer than the room that is kept for it', () => {
  const encoder = new SectionEncoder(16);
  encoder.append({ timestampMs: 1, type: 'stderr', message: 'hello', metadata: '' });
  const service = 's'.repeat(4_000);
  const [section] = [...decodeCaptureBatch(encoder.finish({ ...identity, service }))];
  expect(section?.header).toEqual({ ...identity, service, count: 1 });
  expect([...(section?.records ?? [])].map(({ message }) => `${message}`)).toEqual(['hello']);
});

test('the bytes of a record are as the table says', () => {
  const encoder = new SectionEncoder();
  encoder.append({
    timestampMs: 1,
    type: 'stderr',
    level: 'error',
    message: 'é',
    metadata: '"a":1',
  });
  const section = encoder.finish(identity);
  const recordsAt = 8 + section.readUInt32LE(0);
  expect(section.subarray(recordsAt).toString('hex')).toBe(
    `000000000000f03f02000000050001${(1 + LEVELS.indexOf('error')).toString(16).padStart(2, '0')}c3a9226122 3a31`.replace(
      ' ',
      '',
    ),
  );
  expect(section.readUInt32LE(4)).toBe(16 + 2 + 5);
});

test('a batch cut anywhere is refused, not misread', () => {
  const encoder = new SectionEncoder();
  encoder.append({ timestampMs: 1, type: 'stdout', message: 'hello', metadata: '' });
  const section = encoder.finish(identity);
  for (let end = 1; end < section.length; end++) {
    const walk = () => [...decodeCaptureBatch(section.subarray(0, end))].map((s) => [...s.records]);
    expect(walk).toThrow(RangeError);
  }
});
