import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMasker, MASK_RULES, type Masker } from '../src/index.ts';
import { readLabelled, readLines } from './labelled-set.ts';
import {
  anyAfter,
  anyBefore,
  anySecret,
  anyToken,
  shownOf,
  utf8,
  WRITTEN_FORMS,
} from './written-forms.ts';

const anyForm = fc.constantFrom(...Object.values(WRITTEN_FORMS));
const ordinary = [
  ...readFileSync(new URL('./ordinary-lines.txt', import.meta.url), 'utf8').split('\n'),
  ...readLines('harmless'),
];

/** True when the line ends in the first characters of the token, four or more, in whatever case. */
function endsInBeginning(line: string, token: string): boolean {
  const [text, value] = [line.toLowerCase(), token.toLowerCase()];
  const at = text.lastIndexOf(value.slice(0, 4));
  return at >= 0 && value.startsWith(text.slice(at));
}

function maskerOf(value: string): Masker {
  return createMasker({ secrets: [{ name: 'KEY', value }] });
}

describe('masking again', () => {
  it('changes nothing of a text with a secret in it', () => {
    fc.assert(
      fc.property(
        fc.oneof(anySecret, anyToken),
        anyForm,
        fc.tuple(anyBefore, anyAfter),
        (secret, write, [before, after]) => {
          const masker = maskerOf(secret);
          const once = masker.mask(before + write(secret) + after);
          expect(masker.mask(once)).toBe(once);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('changes nothing of a text in which rules found something', () => {
    const masker = createMasker({ hashKey: Buffer.alloc(32, 1) });
    const texts = [
      ...MASK_RULES.flatMap(({ examples }) => examples).map((text) => text.replace(/[⟦⟧]/g, '')),
      ...['credentials', 'context', 'personal', 'second'].flatMap((name) =>
        readLabelled(name, 7).map(({ text }) => text),
      ),
    ];
    for (const text of texts) {
      const once = masker.mask(text);
      expect(masker.mask(once)).toBe(once);
    }
  });

  it('is not what a server can hide a secret by', () => {
    expect(maskerOf('hunter22').mask('[masked:hunter22] [masked:secret:hunter22]')).toBe(
      '[masked:[masked:secret:KEY]] [masked:secret:[masked:secret:KEY]]',
    );
  });
});

describe('a text without secrets', () => {
  it('stays as it is, line by line, whatever tokens the server was given', () => {
    fc.assert(
      fc.property(fc.array(anyToken, { minLength: 1, maxLength: 12 }), (tokens) => {
        // Such a line end is masked on purpose: the next line may bring the rest.
        fc.pre(!tokens.some((token) => ordinary.some((line) => endsInBeginning(line, token))));
        const secrets = tokens.map((value, i) => ({ name: `S${i}`, value }));
        const stream = createMasker({ secrets }).createLineMasker();
        expect(ordinary.filter((line) => stream.maskLine(line) !== line)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a secret in a coloured text', () => {
  const anyColour = fc.constantFrom(
    '\u001b[31m',
    '\u001b[0m',
    '\u001b[38;5;208m',
    '\u001b[K',
    '\\u001b[1m',
  );

  it('is masked when every character has its own colour', () => {
    fc.assert(
      fc.property(anyToken, anyColour, fc.integer({ min: 1, max: 9 }), (token, colour, every) => {
        const painted = token.match(new RegExp(`.{1,${every}}`, 'g'))?.join(colour) ?? '';
        expect(maskerOf(token).mask(`key ${painted} end`)).toBe('key [masked:secret:KEY] end');
      }),
      { numRuns: 300 },
    );
  });
});

describe('a secret at which a line was cut', () => {
  it('shows less than 8 of its characters in any form, wherever the cut is', () => {
    fc.assert(
      fc.property(fc.oneof(anySecret, anyToken), anyForm, fc.nat(), (secret, write, where) => {
        const written = [...write(secret)];
        const text = `key ${written.slice(0, 1 + (where % written.length)).join('')}`;
        const stream = maskerOf(secret).createLineMasker();
        expect(shownOf(secret, stream.maskLine(text, true))).toEqual([]);
        expect(shownOf(secret, maskerOf(secret).mask(text))).toEqual([]);
      }),
      { numRuns: 250 },
    );
  });

  it('shows none of it where an escape can be read in two ways at the cut', () => {
    const secret = 'x\\\\\\\\\\\\u&#\\\\\\n\\';
    const written = WRITTEN_FORMS['HTML, numeric']?.(secret) ?? '';
    const text = `key ${written.slice(0, written.indexOf('&#38;') + 5)}`;
    expect(shownOf(secret, maskerOf(secret).createLineMasker().maskLine(text, true))).toEqual([]);
    expect(shownOf(secret, maskerOf(secret).mask(text))).toEqual([]);
  });

  it('shows nothing of it in base64 either', () => {
    fc.assert(
      fc.property(anySecret, fc.string({ maxLength: 20 }), fc.nat(), (secret, before, where) => {
        const text = utf8(before + secret).toString('base64');
        const cut = text.slice(0, 1 + (where % text.length));
        expect(shownOf(secret, maskerOf(secret).maskCut(cut))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a value shorter than other secrets', () => {
  it('is masked as a word when it has 3 characters, and named when it has less', () => {
    const masker = createMasker({
      secrets: [
        { name: 'PIN', value: 'x7q' },
        { name: 'FLAG', value: ' 1 ' },
      ],
    });
    expect(masker.mask('pin x7q of 1, ax7qb')).toBe('pin [masked:secret:PIN] of 1, ax7qb');
    expect(masker.unmaskable).toEqual(['FLAG']);
  });
});
