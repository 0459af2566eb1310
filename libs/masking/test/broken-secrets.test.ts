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
      const masked = maskLines(token, ['start', ...pieces.map((piece) => indent + piece), 'end']);
      expect(shownOf(token, masked)).toEqual([]);
      expect(shownOf(token, masked.replaceAll(`\n${indent}`, ''))).toEqual([]);
      expect(masked.startsWith('start\n') && masked.endsWith('\nend')).toBe(true);
    }),
    { numRuns: 200 },
  );
});
