import type { Found } from './rule.ts';
import { hasDigit, isMixed, shannonBits } from './validators.ts';
import { isUserOfAddress } from './value-extent.ts';

/** Whether what stands behind a key like `password` is a value, and not prose, code or a gap. */

const PLACEHOLDER =
  /^(?:null|none|nil|true|false|undefined|empty|unset|yes|no|on|off|string|str|number|boolean|object|any|optional|required|redacted|masked|hidden|filtered|removed|omitted|changeme|\[?redacted\]?|\*+|x{3,}|•+|\.{2,}|-+|_+|<[^>]*>?|\$\{?[\w.]+\}?|\$\([^)]*\)?|%[\w]+%|\{\{?[^}]*\}{0,2}|\[[^\]]*\]?|process\.env[\w.[\]"']*|os\.environ\S*|env\.\S+)$/i;
const STATUS_WORD =
  /^(?:is|was|are|not|must|should|cannot|can|has|have|will|may|or|and|for|from|to|in|of|the|a|an|with|incorrect|invalid|valid|missing|expired|expires|wrong|failed|failure|ok|error|denied|accepted|rejected|revoked|refreshed|rotated|changed|updated|reset|set|found|unknown|present|absent|enabled|disabled|provided|given|issued|created|deleted|loaded|read|too|access|bearer|basic|default|option|flag|argument|parameter|value|field|auth|authentication|authorization|oauth2?|oidc|saml|jwt|cookie|session|password|token|secret)$/i;
const NUMBER = /^[-+]?\d[\d.,_]*(?:ms|s|k|kb|mb)?$/i;
const PATH = /^(?:~|\.{0,2}\/|[A-Za-z]:\\|[a-z]{2,8}:\/\/)/;
const CODE =
  /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*\(|^(?=[A-Za-z_$]+[._-])[A-Za-z_$]+(?:[.-][A-Za-z_$]+)*$/;
/** All that is asked of a value: the tests measure what each one costs on hostile values. */
export const VALUE_PATTERNS: readonly RegExp[] = [PLACEHOLDER, STATUS_WORD, NUMBER, PATH, CODE];
const SECRET_WORD = /^(?:password|passwd|pass|pwd|pw|passphrase|secret|token)$/i;
const SECRET_CHARS_MIN = 6;
const NAMED_CHARS_MIN = 20;
const NAMED_BITS_MIN = 3.5;
const LETTERS_ONLY_MIN = 16;
const LETTERS_ONLY_BITS_MIN = 3;

/** For keys that name nothing but a password: everything that can be one. */
export function isPasswordValue(found: Found): boolean {
  const { value } = found;
  if (PLACEHOLDER.test(value)) return false;
  // PWD is also the working directory.
  if (/^pwd/i.test(found.head) && PATH.test(value)) return false;
  if (/^pw\b/i.test(found.head)) return isSecretValue(found);
  if (/["']>$/.test(found.head)) return isTagged(found);
  if (/ = $/.test(found.head) && SECRET_WORD.test(value)) return false;
  if (isAssigned(found)) return !CODE.test(value) || isQuoted(found);
  if (STATUS_WORD.test(value)) return false;
  return !/^[A-Za-z]+$/.test(value) || standsAlone(found);
}

/** For keys like `token` and `secret`, which ordinary settings and sentences use too. */
export function isSecretValue(found: Found): boolean {
  const { value } = found;
  if (value.length < SECRET_CHARS_MIN || PLACEHOLDER.test(value) || STATUS_WORD.test(value))
    return false;
  if (NUMBER.test(value) || CODE.test(value)) return false;
  if (PATH.test(value) && !isBase64Key(value)) return false;
  if (/\s/.test(value) || isUserOfAddress(found.text, found.start)) return false;
  return looksRandom(value);
}

/** For sentences, where most words that follow are ordinary: nothing but what looks generated. */
export function isNamedSecret({ value, head }: Found): boolean {
  if (/^pass/i.test(head)) {
    const isOdd = /["'`]$/.test(head) ? /[A-Za-z!-/:-@]/.test(value) : /[A-Z]/.test(value);
    return hasDigit(value) && isOdd && !PATH.test(value);
  }
  if (value.length < NAMED_CHARS_MIN || /[^A-Za-z0-9_.~+/=-]/.test(value)) return false;
  if (/^[0-9a-f]{32,}$/i.test(value)) return true;
  return isMixed(value) && shannonBits(value) >= NAMED_BITS_MIN && !value.includes('/');
}

/** A key in base64 may begin with a slash, and then looks like a path. */
function isBase64Key(value: string): boolean {
  return /^[A-Za-z0-9+/]{24,}={0,2}$/.test(value) && isMixed(value) && shannonBits(value) >= 4;
}

/** Between tags, and no word: `<input type="password">` is followed by all sorts of text. */
function isTagged({ text, end, value }: Found): boolean {
  return text.charAt(end) === '<' && /[^A-Za-z\s]/.test(value);
}

/** Digits among letters, signs among them, or a long word without a seam. */
export function looksRandom(value: string): boolean {
  if (hasDigit(value) && /[A-Za-z]/.test(value)) return true;
  if (/[!@#$%^&*+=?~]/.test(value.replace(/=+$/, ''))) return true;
  if (value.length < LETTERS_ONLY_MIN || /[-_./:]/.test(value)) return false;
  return isMixed(value) || shannonBits(value) >= LETTERS_ONLY_BITS_MIN;
}

function isQuoted({ head }: Found): boolean {
  return /["'`]$/.test(head);
}

/** `=`, a quoted value or a quoted key: a machine wrote it. */
function isAssigned(found: Found): boolean {
  return isQuoted(found) || /=\s*$/.test(found.head) || /["'>]\s*:?\s*$/.test(found.head);
}

/** A YAML line, or the last thing of a line: `password: hunter`. */
function standsAlone({ text, start, end, head }: Found): boolean {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const before = text.slice(lineStart, Math.max(lineStart, start - head.length));
  const after = text.charAt(end);
  return (after === '' || after === '\n' || after === '\r') && /^[\s\w.-]{0,40}$/.test(before);
}
