import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSealer, SealError } from './sealer.ts';

const key = Buffer.alloc(32, 7);
const sealer = createSealer(key);

function problemOf(open: () => string): string {
  try {
    return `opened: ${open()}`;
  } catch (error) {
    return error instanceof SealError ? error.problem : `threw ${error}`;
  }
}

describe('a sealed secret', () => {
  it('opens to what was sealed, for every text and context', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (plain, context) => {
        expect(sealer.open(sealer.seal(plain, context), context)).toBe(plain);
      }),
    );
  });

  it('has the documented parts and lengths', () => {
    const [version, keyId, nonce, box] = sealer.seal('four', 'i1').split('.');
    expect(version).toBe('s1');
    expect([keyId, nonce, box].map((part) => Buffer.from(part ?? '', 'base64url').length)).toEqual([
      6, 12, 20,
    ]);
  });

  it('opens a text that an earlier version sealed', () => {
    const kept = 's1.S7Bvjk46.CQkJCQkJCQkJCQkJ.XKfQ2_W1j0OaQL8am7O4LBJnzo6CQlLNstn8ZD4';
    expect(sealer.open(kept, 'instance-1')).toBe('{"TOKEN":"t"}');
  });

  it('differs each time and does not show the secret', () => {
    expect(sealer.seal('secret', 'i1')).not.toBe(sealer.seal('secret', 'i1'));
  });

  it('does not open for another instance', () => {
    expect(problemOf(() => sealer.open(sealer.seal('x', 'i1'), 'i2'))).toBe('not-authentic');
  });

  it('does not open with another master key, and says that this is why', () => {
    const other = createSealer(randomBytes(32));
    expect(problemOf(() => other.open(sealer.seal('x', 'i1'), 'i1'))).toBe('other-key');
  });

  it('does not open when any one bit of nonce or box is flipped', () => {
    const sealed = sealer.seal('secret', 'i1');
    const [version, keyId, ...parts] = sealed.split('.');
    for (const index of [0, 1]) {
      const bytes = Buffer.from(parts[index] ?? '', 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const broken = Buffer.from(bytes);
        broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const changed = parts.with(index, broken.toString('base64url'));
        const text = [version, keyId, ...changed].join('.');
        expect(problemOf(() => sealer.open(text, 'i1'))).toBe('not-authentic');
      }
    }
  });

  it.each(['', 's1', 's2.a.b.c', 's1....', 's1.AAAAAAAA.AAAAAAAAAAAAAAAA.AA', 'plain'])(
    '"%s" is malformed',
    (text) => {
      expect(problemOf(() => sealer.open(text, 'i1'))).toBe('malformed');
    },
  );
});

it('a master key of another length is refused', () => {
  expect(() => createSealer(Buffer.alloc(16))).toThrow('32 bytes');
});
