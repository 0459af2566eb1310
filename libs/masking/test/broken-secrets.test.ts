import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMasker, type Masker } from '../src/index.ts';
import {
  anyAfter,
  anyBefore,
  anySecret,
  anyToken,
  shownOf,
  utf8,
  WRITTEN_FORMS,
} from './written-forms.ts';

function maskerOf(value: string): Masker {
  return createMasker({ secrets: [{ name: 'KEY', value }] });
}

/** Masks lines of one stream as they are printed. */
function maskLines(secret: string, lines: readonly string[]): string {
  const stream = maskerOf(secret).createLineMasker();
  return lines.map((line) => stream.maskLine(line)).join('\n');
}

const anyIndent = fc.constantFrom('', '  ', '\t', '│ ', '> ');

describe.each(Object.entries(WRITTEN_FORMS))('a secret written as %s', (_name, write) => {
  it('shows less than 8 of its characters when it is printed as two lines, wherever it is broken', () => {
    fc.assert(
      fc.property(
        fc.oneof(anySecret, anyToken),
        fc.nat(),
        fc.tuple(anyBefore, anyAfter, anyIndent),
        (secret, cut, [before, after, indent]) => {
          const written = [...write(secret)];
          const at = 1 + (cut % (written.length - 1));
          const [head, rest] = [written.slice(0, at).join(''), written.slice(at).join('')];
          const lines = [before + head, indent + rest + after];
          const masked = maskLines(secret, lines);
          expect(shownOf(secret, masked)).toEqual([]);
          expect(shownOf(secret, masked.replaceAll(`\n${indent}`, ''))).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a secret in base64', () => {
  it.each(['base64', 'base64url'] as const)(
    'in %s shows nothing of it on two lines or three',
    (encoding) => {
      fc.assert(
        fc.property(
          fc.oneof(anySecret, anyToken),
          fc.tuple(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 })),
          fc.tuple(fc.nat(), fc.nat(), anyIndent),
          (secret, [before, after], [first, second, indent]) => {
            const text = utf8(before + secret + after).toString(encoding);
            const [a, b] = [first % text.length, second % text.length].sort((x, y) => x - y);
            const lines = [text.slice(0, a), indent + text.slice(a, b), indent + text.slice(b)];
            const masked = maskLines(secret, lines);
            expect(shownOf(secret, masked)).toEqual([]);
            expect(shownOf(secret, masked.replaceAll(`\n${indent}`, ''))).toEqual([]);
          },
        ),
      );
    },
  );
});

it('a token printed as three lines or more shows less than 8 of its characters', () => {
  fc.assert(
    fc.property(anyToken, fc.integer({ min: 1, max: 30 }), anyIndent, (token, width, indent) => {
      const pieces = token.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
      // No letters before or behind: they could be read as more of the token.
      const masked = maskLines(token, ['==', ...pieces.map((piece) => indent + piece), '==']);
      expect(shownOf(token, masked)).toEqual([]);
      expect(shownOf(token, masked.replaceAll(`\n${indent}`, ''))).toEqual([]);
      expect(masked.startsWith('==\n') && masked.endsWith('\n==')).toBe(true);
    }),
    { numRuns: 200 },
  );
});

describe('a part of a token', () => {
  /** No vendor's head before it, which everybody knows. */
  const anyBody = fc.stringMatching(/^[A-Za-z0-9]{24,48}$/).filter((body) => {
    const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/];
    return kinds.every((kind) => kind.test(body)) && new Set(body).size > 12;
  });

  it('of 8 characters or more is masked wherever it stands, unless it reads like a word', () => {
    fc.assert(
      fc.property(anyBody, fc.nat(), fc.integer({ min: 8, max: 24 }), (body, where, length) => {
        const from = where % (body.length - length + 1);
        const part = body.slice(from, from + length);
        fc.pre(/[0-9]/.test(part) && new Set(part).size > 5);
        fc.pre(!/^20\d\d/.test(part));
        const record = JSON.stringify({ msg: `key ${part}… was used`, n: 1 });
        expect(maskerOf(`ghp_${body}`).mask(record)).toBe(
          JSON.stringify({ msg: 'key [masked:secret:KEY]… was used', n: 1 }),
        );
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['sk-ant-api03-Xy7kLm2pQw9sRt4v', 'expected a key that begins with sk-ant-api03-'],
    ['correct-horse-battery-staple-9', 'the correct-horse-battery in the garden'],
    ['https://acme.example/hooks/a1B2c3D4', 'GET https://acme.example/ 200'],
    ['Password-Of-Ada-2026', 'Password-Of-Bob was changed'],
  ])('of %j is not taken for the secret when everybody may say it', (secret, text) => {
    expect(maskerOf(secret).mask(text)).toBe(text);
  });
});
