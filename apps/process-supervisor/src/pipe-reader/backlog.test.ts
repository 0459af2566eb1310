import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Backlog } from './backlog.ts';

const BLOCK_BYTES = 16 * 1024;

const steps = fc.array(
  fc.oneof(
    fc.record({ append: fc.integer({ min: 0, max: 3 * BLOCK_BYTES }) }),
    fc.record({ release: fc.double({ min: 0, max: 1, noNaN: true }) }),
  ),
  { maxLength: 30 },
);

test('it has exactly the bytes that were not released, at their offsets', () => {
  fc.assert(
    fc.property(steps, fc.nat(2 ** 40), (list, first) => {
      const backlog = new Backlog(first);
      let all = Buffer.alloc(0);
      let start = 0;
      for (const step of list) {
        if ('append' in step) {
          const bytes = Buffer.alloc(step.append, `${all.length}, ${step.append}; `);
          backlog.append(bytes);
          all = Buffer.concat([all, bytes]);
        } else {
          start = Math.max(start, Math.floor(step.release * all.length));
          backlog.release(first + start);
        }
        expect([backlog.start, backlog.end]).toEqual([first + start, first + all.length]);
        const pieces = Buffer.concat(backlog.pieces(first + start));
        expect(pieces.equals(all.subarray(start))).toBe(true);
      }
    }),
  );
});

test('what was handed out stays as it is until it is released', () => {
  const backlog = new Backlog(0);
  backlog.append(Buffer.from('first'));
  const [piece] = backlog.pieces(0);
  backlog.append(Buffer.alloc(2 * BLOCK_BYTES, 'x'));
  expect(piece?.toString()).toBe('first');
  backlog.release(5);
  backlog.append(Buffer.from('second'));
  expect(Buffer.concat(backlog.pieces(5 + 2 * BLOCK_BYTES)).toString()).toBe('second');
});
