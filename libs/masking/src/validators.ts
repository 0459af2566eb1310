import { Buffer } from 'node:buffer';

export function hasDigit(text: string): boolean {
  return /[0-9]/.test(text);
}

/** Upper case, lower case and digits together: rare in words, paths, hashes and uuids. */
export function isMixed(text: string): boolean {
  return /[A-Z]/.test(text) && /[a-z]/.test(text) && /[0-9]/.test(text);
}

/** Shannon entropy in bits per character. */
export function shannonBits(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}

/** Luhn check digit (ISO/IEC 7812-1); other characters than digits are skipped. */
export function passesLuhn(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 1 : 2);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return digits !== '' && sum % 10 === 0;
}

/** Issuer ranges with the lengths their cards have, as the networks publish them. */
const CARD_KINDS = [
  /^4\d{15}$/,
  /^4\d{12}(?:\d{6})?$/,
  /^5[1-5]\d{14}$/,
  /^2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}$/,
  /^3[47]\d{13}$/,
  /^3(?:0[0-5]|[68]\d)\d{11}$/,
  /^6(?:011|5\d\d|4[4-9]\d)\d{12}$/,
  /^35(?:2[89]|[3-8]\d)\d{12}$/,
  /^62\d{14}(?:\d{3})?$/,
];

export function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  return (
    CARD_KINDS.some((kind) => kind.test(digits)) && !/^(\d)\1+$/.test(digits) && passesLuhn(digits)
  );
}

/** Length of an IBAN by country (SWIFT IBAN registry). */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 ' +
    'DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 ' +
    'IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 ' +
    'MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 ' +
    'SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((row) => [row.slice(0, 2), Number(row.slice(2))]),
);

/** Where the IBAN that begins at `start` ends, spaces between its groups included; `start` if none does. */
export function ibanEnd(text: string, start: number): number {
  const length = IBAN_LENGTHS.get(text.slice(start, start + 2));
  if (length === undefined) return start;
  let compact = '';
  let at = start;
  for (; compact.length < length && at < text.length; at++) {
    const char = text.charAt(at);
    if (/[A-Z0-9]/.test(char)) compact += char;
    else if (char !== ' ' || text.charAt(at - 1) === ' ') return start;
  }
  const complete = compact.length === length && !/[A-Za-z0-9]/.test(text.charAt(at));
  return complete && hasIbanRemainder(compact) ? at : start;
}

/** ISO 7064 mod 97-10: letters count from 10, the head moves to the end, the remainder is 1. */
function hasIbanRemainder(compact: string): boolean {
  let remainder = 0;
  for (const char of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}

/** Areas, groups and serials the Social Security Administration never gives out are refused. */
export function isSsn(text: string): boolean {
  const [area = '', group, serial] = text.split('-');
  return !['000', '666'].includes(area) && area < '900' && group !== '00' && serial !== '0000';
}

/** A JWT's or JWE's first part decodes to JSON that names an algorithm. */
export function isJwtHeader(part: string): boolean {
  try {
    const header: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof header === 'object' && header !== null && ('alg' in header || 'enc' in header);
  } catch {
    // Not JSON: then it is no JWT, which is the answer.
    return false;
  }
}

/** The first part of a Discord bot token is its numeric id in base64. */
export function isDiscordToken(token: string): boolean {
  const id = Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('latin1');
  return /^\d{15,21}$/.test(id);
}

/** HTTP Basic credentials (RFC 7617): base64 of `user:password` in printable characters. */
export function isBasicCredentials(value: string): boolean {
  return /^[\x20-\x7e]*:[\x20-\x7e\u0080-\uffff]*$/.test(
    Buffer.from(value, 'base64').toString('utf8'),
  );
}
