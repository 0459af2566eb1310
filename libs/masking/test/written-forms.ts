import { Buffer } from 'node:buffer';
import fc from 'fast-check';

const json = (text: string): string => JSON.stringify(text).slice(1, -1);
export const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');

/** Each way a secret gets into a log character by character. */
export const WRITTEN_FORMS: Readonly<Record<string, (secret: string) => string>> = {
  raw: (secret) => secret,
  JSON: json,
  'JSON in JSON': (secret) => json(json(secret)),
  'JSON in JSON in JSON': (secret) => json(json(json(secret))),
  'JSON with every character as \\uXXXX': (secret) => escapeUnits(secret, false),
  'JSON with upper-case \\uXXXX': (secret) => escapeUnits(secret, true),
  '\\uXXXX in JSON': (secret) => json(escapeUnits(secret, false)),
  URL: encodeURIComponent,
  'URL in lower case': (secret) =>
    encodeURIComponent(secret).replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
  'URL in URL': (secret) => encodeURIComponent(encodeURIComponent(secret)),
  'URL, every byte': (secret) => utf8(secret).toString('hex').replace(/../g, '%$&'),
  'URL, in part': (secret) =>
    [...secret].map((char, i) => (i % 2 === 0 ? encodeURIComponent(char) : char)).join(''),
  form: (secret) => new URLSearchParams({ a: secret }).toString().slice(2),
  'JSON in URL': (secret) => encodeURIComponent(json(secret)),
  HTML: escapeHtml,
  'HTML, numeric': (secret) => [...secret].map((char) => `&#${char.codePointAt(0)};`).join(''),
  'HTML, hexadecimal': (secret) =>
    [...secret].map((char) => `&#x${char.codePointAt(0)?.toString(16)};`).join(''),
  'HTML in JSON': (secret) => json(escapeHtml(secret)),
  hex: (secret) => utf8(secret).toString('hex'),
  'upper-case hex': (secret) => utf8(secret).toString('hex').toUpperCase(),
};

function escapeUnits(text: string, upper: boolean): string {
  return Array.from({ length: text.length }, (_, i) => {
    const hex = text.charCodeAt(i).toString(16).padStart(4, '0');
    return `\\u${upper ? hex.toUpperCase() : hex}`;
  }).join('');
}

function escapeHtml(text: string): string {
  const names: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' };
  return text.replace(/[&<>"]/g, (char) => `&${names[char]};`).replaceAll("'", '&#39;');
}

/** Any secret: printable ASCII and the whole of Unicode, no space at an end (values are trimmed). */
export const anySecret = fc
  .oneof(
    fc.string({ minLength: 6, maxLength: 40 }),
    fc.string({ unit: 'grapheme', minLength: 6, maxLength: 24 }),
    fc.string({ unit: fc.constantFrom(...'\\"%&+/25uxn;#a'), minLength: 6, maxLength: 20 }),
    fc.stringMatching(/^[0-9a-f]{16,40}$/),
    fc.base64String({ minLength: 8, maxLength: 48 }),
  )
  .map((text) => text.trim())
  .filter((text) => [...text].length >= 6 && text.isWellFormed());

/** Secrets as vendors make them. */
export const anyToken = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9]{20,48}$/),
  fc.stringMatching(/^(?:ghp|figd|sk-ant-api03|xoxb|npm)[-_][A-Za-z0-9_-]{24,48}$/),
  fc.stringMatching(/^[A-Za-z0-9+/]{30,60}={0,2}$/),
  fc.uuid(),
);

/** Text around a secret that ends before it begins: it must not change how the secret reads. */
export const anyBefore = fc.constantFrom(
  '',
  ' ',
  'value: ',
  '{"a":"',
  'ключ ',
  'x=',
  '[1,2] ',
  'GET /a?b=',
);
export const anyAfter = fc.constantFrom(
  '',
  ' ',
  '"}',
  ' done',
  ', next',
  '\n  at main',
  ')',
  ' ключ',
);

const SHOWN_MAX = 7;

/**
 * Every run of 8 characters of a secret that shows in a text, in any written form or inside a
 * base64 text; of a secret of up to 8 characters, the whole of it. Markers are taken out first;
 * the beginning of a vendor's tokens is no secret.
 */
export function shownOf(secret: string, text: string): string[] {
  const chars = [...secret.replace(/^sk-ant-api03-/, '')];
  const length = Math.min(SHOWN_MAX + 1, chars.length);
  const rest = text.replace(/\[masked:[^\]]*\]/g, '\u0000');
  const runs = Array.from({ length: chars.length - length + 1 }, (_, i) =>
    chars.slice(i, i + length).join(''),
  );
  return runs.filter((run) => formsOf(run).some((form) => form !== '' && rest.includes(form)));
}

function formsOf(run: string): string[] {
  const written = Object.values(WRITTEN_FORMS).map((write) =>
    run.isWellFormed() ? write(run) : run,
  );
  return [...written, ...[0, 1, 2].flatMap((offset) => fixedBase64(run, offset))];
}

/** The characters of a text's base64 that do not depend on what stands around it. */
function fixedBase64(run: string, offset: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), utf8(run)]);
  const encoded = bytes.toString('base64').replace(/=+$/, '');
  const from = offset === 0 ? 0 : offset + 1;
  const fixed = encoded.slice(from, bytes.length % 3 === 0 ? undefined : -1);
  return [fixed, fixed.replaceAll('+', '-').replaceAll('/', '_')];
}
