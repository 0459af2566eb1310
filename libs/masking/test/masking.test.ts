import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMasker, MASK_RULES, type Masker } from '../src/index.ts';
import { anyAfter, anyBefore, anySecret, utf8, WRITTEN_FORMS } from './written-forms.ts';

const NAME = 'API_KEY';
const MARK = `[masked:secret:${NAME}]`;
function maskerOf(value: string): Masker {
  return createMasker({ secrets: [{ name: NAME, value }] });
}

describe.each(Object.entries(WRITTEN_FORMS))('a secret written as %s', (_name, encode) => {
  it('is masked wholly wherever it stands', () => {
    fc.assert(
      fc.property(anySecret, anyBefore, anyAfter, (secret, before, behind) => {
        const masked = maskerOf(secret).mask(before + encode(secret) + behind);
        // Nothing but backslashes can be read in too many ways; then nothing at all is shown.
        if (/^\\+$/.test(secret) && masked.startsWith('[masked:time-budget')) return;
        expect(masked).toContain(MARK);
        expect(masked.length).toBeLessThanOrEqual((before + MARK + behind).length);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a secret in base64', () => {
  it.each(['base64', 'base64url'] as const)('of a text that contains it, in %s', (encoding) => {
    fc.assert(
      fc.property(
        anySecret,
        fc.string({ maxLength: 9 }),
        fc.string({ maxLength: 9 }),
        (s, a, b) => {
          const masked = maskerOf(s).mask(`data ${utf8(a + s + b).toString(encoding)} end`);
          expect(masked).toContain(MARK);
          const rest = masked.replaceAll(MARK, '').replace(/^data | end$/g, '');
          expect(rest.length).toBeLessThanOrEqual((utf8(a + b).length * 4) / 3 + 6);
        },
      ),
    );
  });

  it('of JSON that contains it, itself inside JSON', () => {
    fc.assert(
      fc.property(anySecret, (secret) => {
        const encoded = utf8(JSON.stringify({ user: 'ada', secret })).toString('base64');
        expect(maskerOf(secret).mask(JSON.stringify({ body: encoded }))).toContain(MARK);
      }),
    );
  });

  it('wrapped at 76 characters', () => {
    fc.assert(
      fc.property(anySecret, fc.string({ minLength: 30, maxLength: 70 }), (secret, before) => {
        const wrapped = utf8(before + secret + before)
          .toString('base64')
          .replace(/.{76}/g, '$&\r\n');
        expect(maskerOf(secret).mask(wrapped)).toContain(MARK);
      }),
    );
  });

  it('as HTTP Basic credentials', () => {
    const value = utf8('ada:correct-horse').toString('base64');
    expect(maskerOf('correct-horse').mask(`Authorization: Basic ${value}`)).not.toContain(
      value.slice(8, 20),
    );
  });
});

describe('a secret that a terminal changed', () => {
  const secret = 'tk-49X:qwerty/uiop"asdf';

  it.each([
    '\n',
    '\n    ',
    '\r\n  ',
    ' │\n│   ',
    '\\n    ',
    ' \\\n  ',
    '\n\n',
    '\u001b[31m',
    '\\u001b[1;32m',
    '\\\\x1b[0m',
    '\u001b]8;;https://a.example/b\u0007',
    '\u200b',
  ])('by %j between any two of its characters', (gap) => {
    for (let at = 1; at < secret.length; at++) {
      const text = `key ${secret.slice(0, at)}${gap}${secret.slice(at)} end`;
      expect(maskerOf(secret).mask(text)).toBe(`key ${MARK} end`);
    }
  });

  it('into full-width letters', () => {
    const wide = 'hunter22'.replace(/./g, (char) =>
      String.fromCharCode(char.charCodeAt(0) + 0xfee0),
    );
    expect(maskerOf('hunter22').mask(`is ${wide}.`)).toBe(`is ${MARK}.`);
  });

  it('by cutting its end off', () => {
    for (let kept = 4; kept < secret.length; kept++) {
      expect(maskerOf(secret).maskCut(`key ${secret.slice(0, kept)}`)).toBe(`key ${MARK}`);
    }
    expect(createMasker().maskCut('call ended, tail ghp_abcdefgh')).toBe(
      'call ended, tail [masked:cut]',
    );
  });
});

describe('secrets', () => {
  it('in hexadecimal are found in either case', () => {
    expect(maskerOf('deadbeef0123').mask('at DEADBEEF0123')).toBe(`at ${MARK}`);
  });

  it('shorter than 6 characters are masked only as words', () => {
    const masker = maskerOf('ab12');
    expect(masker.mask('pin=ab12, cab123')).toBe(`pin=${MARK}, cab123`);
    expect(masker.mask('{"t":"x\\nab12"}')).toBe(`{"t":"x\\n${MARK}"}`);
  });

  it('of several lines are masked line by line, and a password inside an address by itself', () => {
    const masker = createMasker({
      secrets: [
        { name: 'FILE', value: 'first line of it\nsecond line of it\n' },
        { name: 'DSN', value: 'postgres://app:s%40cret1@db/logs' },
      ],
    });
    expect(masker.mask('> second line of it')).toBe('> [masked:secret:FILE]');
    expect(masker.mask('login with s@cret1 failed')).toBe('login with [masked:secret:DSN] failed');
  });

  it('that overlap leave nothing of either', () => {
    const masker = createMasker({
      secrets: [
        { name: 'A', value: 'abcdefgh' },
        { name: 'B', value: 'efghijkl' },
      ],
    });
    expect(masker.mask('-abcdefghijkl-')).toBe('-[masked:secret:A]-');
  });

  it('have names that cannot break out of the marker', () => {
    const masker = createMasker({ secrets: [{ name: 'a]b\n"c', value: 'hunter22' }] });
    expect(masker.mask('hunter22')).toBe('[masked:secret:a_b__c]');
  });
});

describe('ordinary lines', () => {
  const lines = readFileSync(new URL('./ordinary-lines.txt', import.meta.url), 'utf8').split('\n');
  const secrets = ['ghp_notInTheLines00', 'p@ss-of-ada', 'feedfacecafebeef'].map((value, i) => ({
    name: `S${i}`,
    value,
  }));

  it('come back as they are, all of them, with no false alarm', () => {
    const masker = createMasker({ secrets, personalData: { phone: true } });
    expect(lines.length).toBeGreaterThan(200);
    expect(lines.filter((line) => masker.mask(line) !== line)).toEqual([]);
    expect(masker.counters().byRule.size).toBe(0);
  });

  it('come back as they are as one text and as JSON strings', () => {
    const masker = createMasker({ secrets });
    for (const line of lines) expect(masker.mask(JSON.stringify(line))).toBe(JSON.stringify(line));
    expect(masker.mask(lines.join('\n'))).toBe(lines.join('\n'));
  });

  it('stay as they are around a secret, whatever stands next to it', () => {
    const [secret] = secrets;
    const masker = createMasker({ secrets });
    for (const line of lines) {
      expect(masker.mask(`${line} ${secret?.value} ${line}`)).toBe(
        `${line} [masked:secret:S0] ${line}`,
      );
    }
  });
});

describe('masking again', () => {
  const texts = MASK_RULES.flatMap((rule) => rule.examples).map((text) =>
    text.replace(/[⟦⟧]/g, ''),
  );

  it('changes nothing: an export may mask what capture masked', () => {
    const masker = createMasker();
    for (const text of texts) expect(masker.mask(masker.mask(text))).toBe(masker.mask(text));
  });
});

describe('a long hostile text', () => {
  const everything = { email: true, card: true, iban: true, ssn: true, phone: true, ip: true };
  const hostile = (piece: string): string => piece.repeat(Math.ceil(65_536 / piece.length));
  /** Only steps are counted: what a clock says depends on the machine. */
  const now = (): number => 0;

  it.each(MASK_RULES.map((rule) => [rule.id, rule] as const))(
    'for %s does not hide what stands behind it',
    (_id, rule) => {
      const masker = createMasker({ personalData: everything, now });
      const example = rule.examples[0] ?? '';
      const open = example.indexOf('⟦');
      const value = example.slice(open + 1, example.indexOf('⟧'));
      const almost = `${example.slice(0, open)}${value.slice(0, value.length - 1)}`;
      const [keyword = 'a'] = rule.keywords;
      for (const piece of [keyword, `${keyword}=`, `${keyword}:`, almost, value.slice(0, 3)]) {
        const masked = masker.mask(`${hostile(piece)}\n${example.replace(/[⟦⟧]/g, '')}`);
        expect(masked.slice(-example.length)).not.toContain(value);
      }
    },
  );

  it.each([
    ...['a', 'A1', ' ', '\\', '%', '%25', '%5c', '&amp;', '"', '1-', '::', '@', 'a@', 'a.', '="'],
    ...['\n', 'a\n', '\\u0026', '\u001b[31m', '│ ', '://a:', '-----BEGIN PRIVATE KEY-----'],
  ])('of %j repeated shows nothing of a secret behind it', (piece) => {
    const value = 'aA1\\%25&"1-::@.=/hunter2';
    const masker = createMasker({ personalData: everything, secrets: [{ name: 'S', value }], now });
    expect(masker.mask(`${hostile(piece)} ${value}`)).not.toContain('hunter2');
  });

  it('that would take too many steps shows its length only', () => {
    const masker = createMasker({ secrets: [{ name: 'S', value: '\\\\\\\\\\\\x' }], now });
    expect(masker.mask('\\'.repeat(65_536))).toBe('[masked:time-budget:65536]');
    expect(masker.counters()).toMatchObject({ overBudget: 1, maskedTexts: 1 });
    expect(masker.mask('listening')).toBe('listening');
  });
});

describe('the time budget', () => {
  it('masks the whole text when a rule has run over it', () => {
    let time = 0;
    const masker = createMasker({ timeBudgetMs: 5, now: () => (time += 3) });
    expect(masker.mask('password=hunter2 token=abc12345 ada@example.com')).toBe(
      '[masked:time-budget:47]',
    );
    expect(masker.counters().overBudget).toBe(1);
    expect(masker.counters().byRule.get('time-budget')).toBe(1);
  });

  it('is not touched by a clock that stands still', () => {
    const masker = createMasker({ timeBudgetMs: 5, now: () => 7 });
    expect(masker.mask('password=hunter2')).toBe('password=[masked:password]');
  });
});

describe('a stream masked line by line', () => {
  const body = ['MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7', 'q1w2e3r4t5y6u7i8o9p0'];
  const key = ['-----BEGIN PRIVATE KEY-----', ...body, '-----END PRIVATE KEY-----'];

  it('masks every line of a private key, and nothing after it', () => {
    const stream = createMasker().createLineMasker();
    const masked = ['read key', ...key, 'listening'].map((line) => stream.maskLine(line));
    expect(masked).toEqual(['read key', ...key.map(() => '[masked:private-key]'), 'listening']);
    expect(stream.insideKey()).toBe(false);
  });

  it('masks a key inside a box, with headers, and text on the marker lines stays', () => {
    const stream = createMasker().createLineMasker();
    const lines = [
      'key: -----BEGIN RSA PRIVATE KEY-----',
      'Proc-Type: 4,ENCRYPTED',
      '',
      `│ ${body[0]} │`,
    ];
    expect(lines.map((line) => stream.maskLine(line))).toEqual([
      'key: [masked:private-key]',
      '[masked:private-key]',
      '',
      '[masked:private-key]',
    ]);
    expect(stream.maskLine('-----END RSA PRIVATE KEY----- was read')).toBe(
      '[masked:private-key] was read',
    );
  });

  it('is not blinded by a line that only speaks of a key', () => {
    const stream = createMasker().createLineMasker();
    stream.maskLine('expected -----BEGIN PRIVATE KEY-----');
    expect(stream.maskLine('server stopped: no key given')).toBe('server stopped: no key given');
    expect(stream.insideKey()).toBe(false);
  });

  it('keeps the state of each stream apart', () => {
    const masker = createMasker();
    const [stdout, stderr] = [masker.createLineMasker(), masker.createLineMasker()];
    stdout.maskLine('-----BEGIN PRIVATE KEY-----');
    expect(stderr.maskLine('ready')).toBe('ready');
    expect(stdout.maskLine(body[1] ?? '')).toBe('[masked:private-key]');
  });
});

describe('what a masker reports', () => {
  it('counts spans by rule and returns an untouched text itself', () => {
    const masker = maskerOf('hunter22');
    masker.mask('hunter22 hunter22 ada@example.com');
    expect(Object.fromEntries(masker.counters().byRule)).toEqual({ 'secret:API_KEY': 2, email: 1 });
  });

  it('marks the same secret with the same digits in every form, and another with others', () => {
    const hashKey = Buffer.alloc(32, 7);
    const masker = createMasker({ hashKey, secrets: [{ name: 'S', value: 'hunter/22' }] });
    const raw = masker.mask('hunter/22');
    expect(raw).toMatch(/^\[masked:secret:S#[0-9a-f]{8}\]$/);
    expect(masker.mask('hunter%2F22')).toBe(raw);
    expect(masker.mask('password=aaa1')).not.toBe(masker.mask('password=aaa2'));
    expect(
      createMasker({
        hashKey: Buffer.alloc(32, 8),
        secrets: [{ name: 'S', value: 'hunter/22' }],
      }).mask('hunter/22'),
    ).not.toBe(raw);
  });

  it('masks personal data by its switches', () => {
    const text = 'ada@example.com 203.0.113.9';
    expect(createMasker().mask(text)).toBe('[masked:email] 203.0.113.9');
    expect(createMasker({ personalData: { email: false, ip: true } }).mask(text)).toBe(
      'ada@example.com [masked:ip]',
    );
  });
});
