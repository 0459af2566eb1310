import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentFrames } from './recent-frames.ts';
import { FRAME_PREFIX_BYTES } from './spool-segment.ts';

const KIB = 1024;

function frameOf(size: number, mark: number): Buffer {
  return Buffer.alloc(size, mark % 251);
}

test('what is handed out is what was kept, in order, however it goes round', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 200 * KIB }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(sizes, fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), (list, reads) => {
      const recent = new RecentFrames();
      const written: { at: number; payload: Buffer }[] = [];
      let end = 0;
      let acked = 0;
      for (const [index, size] of list.entries()) {
        const payload = frameOf(size, index);
        recent.keep(1, end, payload);
        written.push({ at: end, payload });
        end += FRAME_PREFIX_BYTES + size;
        if (reads[index] !== true) continue;
        const group = recent.group(1, acked, { bytesMax: 256 * KIB });
        if (group === undefined) continue;
        const part = written.filter(({ at }) => at >= group.start && at < group.end);
        expect(group.payload.equals(Buffer.concat(part.map((one) => one.payload)))).toBe(true);
        acked = group.end;
        recent.release(1, acked);
      }
    }),
  );
});

test('a message that is sent again is made of the same frames or not from here', () => {
  const recent = new RecentFrames();
  for (const [index, at] of [0, 18, 36].entries()) recent.keep(7, at, frameOf(10, index));
  expect(recent.group(7, 0, { bytesMax: 1, endWanted: 36 })?.end).toBe(36);
  expect(recent.group(7, 0, { bytesMax: 1, endWanted: 40 })).toBeUndefined();
  expect(recent.group(8, 0, { bytesMax: 1 })).toBeUndefined();
});

test('what was handed out stays as it is once the rest is forgotten', () => {
  const recent = new RecentFrames();
  recent.keep(1, 0, frameOf(300 * KIB, 1));
  const group = recent.group(1, 0, { bytesMax: 1 });
  recent.forget();
  recent.keep(1, 300 * KIB + FRAME_PREFIX_BYTES, frameOf(300 * KIB, 2));
  expect(group?.payload.every((byte) => byte === 1)).toBe(true);
});
