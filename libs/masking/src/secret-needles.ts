import { Buffer } from 'node:buffer';

/** A secret that was given to a server, under the name it has in the catalogue item. */
export interface Secret {
  readonly name: string;
  readonly value: string;
}

export type Fold = 'exact' | 'any-case' | 'base64';

/** One sequence of characters to look for, in whatever form each character stands. */
export interface Needle {
  readonly rule: string;
  /** The secret's value: one hash for all its forms. */
  readonly secret: string;
  readonly codes: readonly number[];
  readonly fold: Fold;
  /** Too short to be found inside a word. */
  readonly delimited: boolean;
  /** From this many of its characters at the end of a text on, they are masked there. */
  readonly openMin: number;
  /** Neighbouring base64 characters that hold some bits of the secret. */
  readonly partBefore: number;
  readonly partAfter: number;
}

/** From this many characters on a secret is masked wherever it stands, shorter only as a word. */
export const SECRET_CHARS_MIN = 6;
/** Shorter values are not masked: one of two characters would be found in every other line. */
export const WORD_CHARS_MIN = 3;
const PART_CHARS_MIN = 12;
const OPEN_MIN = 4;
const OPEN_MAX = 8;
const OPEN_BASE64 = 8;
const OPEN_HEX = 12;
/** What a vendor puts before all its tokens; the first part of a JWT. */
const VENDOR_HEAD =
  /^(?:sk-ant-[a-z]{3,6}\d\d-|sk-(?:proj|svcacct|or-v1)-|github_pat_|[sr]k_(?:live|test)_|dckr_[po]at_|lin_(?:api|oauth)_|sntry[su]_|sb_secret_|rubygems_|apify_api_|lsv2_(?:pt|sk)_|pscale_[a-z]{2,5}_|eyJ[A-Za-z0-9_-]{8,400}\.)/;
/** What everybody knows of a value: the scheme of an address, the first line of a key. */
const PUBLIC_HEAD =
  /^(?:[a-z][a-z0-9+.-]{1,20}:\/\/|-----BEGIN [A-Z0-9 ]{1,40}-----\s*|(?:bearer|basic|token)\s+)/i;
const HEX_SHAPE = /^(?=.*[0-9a-f])[0-9a-f-]+$/i;

/** The rule name of a secret; characters that could break the marker are replaced. */
export function secretRule(name: string): string {
  return `secret:${name.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, 64)}`;
}

/** Everything to look for, the longest first. */
export function needlesOf(secrets: readonly Secret[]): Needle[] {
  const needles = secrets.flatMap((secret) =>
    valuesOf(secret.value)
      .filter((value) => value.length >= WORD_CHARS_MIN)
      .flatMap((value) => needlesOfValue(secretRule(secret.name), value)),
  );
  const seen = new Set<string>();
  return needles
    .sort((a, b) => b.codes.length - a.codes.length)
    .filter((needle) => {
      const key = `${needle.fold}:${needle.codes.join()}`;
      return seen.has(key) ? false : seen.add(key) !== undefined;
    });
}

/** The value, trimmed too, its lines (callers may see it line by line) and a password within it. */
export function valuesOf(value: string): string[] {
  const lines = value.includes('\n') ? value.split(/\r?\n/).map((line) => line.trim()) : [];
  const parts = [...lines.filter((line) => !line.startsWith('-----')), ...passwordOf(value)];
  const long = parts.filter((part) => part.length >= PART_CHARS_MIN);
  return [...new Set([value, value.trim(), ...long, ...passwordOf(value)])].filter(
    (each) => each.trim() !== '',
  );
}

function passwordOf(value: string): string[] {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^:@/\s]*:([^@\s]+)@/i.exec(value)?.[1];
  if (password === undefined) return [];
  return [password, decodeQuietly(password)].filter((each) => each.length >= SECRET_CHARS_MIN);
}

function decodeQuietly(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A password with a bare percent sign is not URL-encoded; as it stands is right.
    return text;
  }
}

function needlesOfValue(rule: string, value: string): Needle[] {
  const codes = [...value].map((char) => char.codePointAt(0) ?? 0);
  const delimited = codes.length < SECRET_CHARS_MIN;
  const fold = HEX_SHAPE.test(value) ? 'any-case' : 'exact';
  const folded = foldCodes(codes, fold);
  const openMin = openMinOf(value, codes.length);
  const plain = makeNeedle(rule, value, { codes: folded, fold, delimited, openMin });
  if (delimited) return [plain];
  const hex = codesOf(Buffer.from(value, 'utf8').toString('hex'));
  const forms = new Set([value, JSON.stringify(value).slice(1, -1), urlEncoded(value)]);
  return [
    plain,
    makeNeedle(rule, value, { codes: hex, fold: 'any-case', openMin: OPEN_HEX }),
    ...[...forms].flatMap((form) =>
      [0, 1, 2].map((offset) => base64Needle(rule, value, { form, offset })),
    ),
  ];
}

/**
 * How much of a value's beginning tells it from a word: four characters with a digit or a sign
 * among them, else two thirds, and never more than eight after what everybody knows of it.
 */
function openMinOf(value: string, length: number): number {
  const vendor = vendorHead(value);
  if (vendor >= OPEN_MAX) return vendor + OPEN_MIN;
  const head = PUBLIC_HEAD.exec(value)?.[0].length ?? 0;
  const body = value.slice(head);
  const word = /^[A-Za-z]{0,9}/.exec(body)?.[0].length ?? 0;
  const least = Math.max(OPEN_MIN, Math.min(word + 1, Math.ceil((2 * length) / 3), OPEN_MAX));
  return head + least;
}

/** Characters at a token's beginning that are no secret. */
export function vendorHead(value: string): number {
  return VENDOR_HEAD.exec(value)?.[0].length ?? 0;
}

function urlEncoded(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

/**
 * What stays the same of a text's base64 when it begins `offset` bytes into a group of three
 * (RFC 4648 section 4): characters that also hold bits of a neighbour are left out.
 */
function base64Needle(
  rule: string,
  secret: string,
  { form, offset }: { form: string; offset: number },
): Needle {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(form, 'utf8')]);
  const encoded = bytes.toString('base64').replace(/=+$/, '');
  const mixedBefore = offset === 0 ? 0 : 1;
  const mixedAfter = bytes.length % 3 === 0 ? 0 : 1;
  const fixed = encoded.slice(offset + mixedBefore, encoded.length - mixedAfter);
  return makeNeedle(rule, secret, {
    codes: codesOf(fixed),
    fold: 'base64',
    openMin: OPEN_BASE64,
    partBefore: mixedBefore,
    partAfter: mixedAfter,
  });
}

function makeNeedle(
  rule: string,
  secret: string,
  rest: Partial<Needle> & Pick<Needle, 'codes' | 'fold' | 'openMin'>,
): Needle {
  return { rule, secret, delimited: false, partBefore: 0, partAfter: 0, ...rest };
}

function codesOf(text: string): number[] {
  return [...text].map((char) => char.charCodeAt(0));
}

function foldCodes(codes: number[], fold: Fold): number[] {
  return codes.map((code) => foldCode(code, fold));
}

/** Makes equal what a needle's kind takes as equal. */
export function foldCode(code: number, fold: Fold): number {
  if (fold === 'any-case') return code >= 65 && code <= 90 ? code + 32 : code;
  if (fold === 'base64') return code === 45 ? 43 : code === 95 ? 47 : code;
  return code;
}
