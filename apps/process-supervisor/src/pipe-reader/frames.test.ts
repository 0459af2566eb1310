import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  encodeFrame,
  FRAME,
  type Frame,
  FrameError,
  FrameParser,
  PAYLOAD_BYTES_MAX,
} from './frames.ts';

function parse(bytes: Buffer, cuts: readonly number[]): Frame[] {
  const frames: Frame[] = [];
  const parser = new FrameParser((frame) => frames.push(frame));
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  let start = 0;
  for (const end of ends.toSorted((a, b) => a - b)) {
    // A copy: what a socket hands out next is another buffer.
    parser.push(Buffer.from(bytes.subarray(start, end)));
    start = end;
  }
  return frames;
}

const anyFrame = fc.record({
  kind: fc.integer({ min: 0, max: 255 }),
  stream: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  offset: fc.maxSafeNat(),
  payload: fc.string({ maxLength: 200 }),
});

test('frames come out as they went in, however the connection cuts them', () => {
  fc.assert(
    fc.property(fc.array(anyFrame), fc.array(fc.nat()), (frames, cuts) => {
      const bytes = Buffer.concat(frames.map(({ kind, ...more }) => encodeFrame(kind, more)));
      const parsed = parse(bytes, cuts);
      const readable = parsed.map((frame) => ({ ...frame, payload: frame.payload.toString() }));
      expect(readable).toEqual(frames.map((frame) => ({ ...frame })));
    }),
  );
});

test('a frame that may not be given waits with all behind it', () => {
  const given: number[] = [];
  let isOpen = false;
  const parser = new FrameParser(
    ({ stream }) => given.push(stream),
    ({ stream }) => stream !== 2 || isOpen,
  );
  const bytes = Buffer.concat([1, 2, 3].map((stream) => encodeFrame(FRAME.data, { stream })));
  bytes.copy(parser.room);
  parser.took(bytes.length);
  expect([given, parser.isHeldBack]).toEqual([[1], true]);
  parser.goOn();
  expect(given).toEqual([1]);
  isOpen = true;
  parser.goOn();
  expect([given, parser.isHeldBack]).toEqual([[1, 2, 3], false]);
});

test('the head is length, kind, stream and offset', () => {
  const bytes = encodeFrame(67, { stream: 258, offset: 1, payload: 'ab' });
  expect(bytes.toString('hex')).toBe(`${'02000000'}${'43'}${'02010000'}${'000000000000f03f'}6162`);
});

test('a length that no frame has is refused before anything is kept', () => {
  const head = encodeFrame(67);
  head.writeUInt32LE(PAYLOAD_BYTES_MAX + 1, 0);
  expect(() => parse(head, [])).toThrow(FrameError);
  expect(() => parse(Buffer.from('GET / HTTP/1.1\r\n\r\n'), [])).toThrow(FrameError);
});

test('an offset that is none is refused', () => {
  for (const offset of [-1, 0.5, Number.NaN, 2 ** 60]) {
    expect(() => parse(encodeFrame(67, { offset }), [])).toThrow(FrameError);
  }
});
