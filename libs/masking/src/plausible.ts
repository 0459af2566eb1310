import type { Found } from './rule.ts';
import { hasDigit, isMixed, shannonBits } from './validators.ts';

/** Whether what stands behind a key like `password` is a value, and not prose, code or a gap. */

const PLACEHOLDER =
  /^(?:null|none|nil|true|false|undefined|empty|unset|yes|no|on|off|string|str|number|boolean|object|any|optional|required|redacted|masked|hidden|filtered|removed|omitted|changeme|\[?redacted\]?|\*+|x{3,}|•+|\.{2,}|-+|_+|<[^>]*>?|\$\{?[\w.]+\}?|\$\([^)]*\)?|%[\w]+%|\{\{?[^}]*\}{0,2}|\[[^\]]*\]?|process\.env[\w.[\]"']*|os\.environ\S*|env\.\S+)$/i;
const STATUS_WORD =
  /^(?:is|was|are|not|must|should|cannot|can|has|have|will|may|or|and|for|from|to|in|of|the|a|an|with|incorrect|invalid|valid|missing|expired|expires|wrong|failed|failure|ok|error|denied|accepted|rejected|revoked|refreshed|rotated|changed|updated|reset|set|found|unknown|present|absent|enabled|disabled|provided|given|issued|created|deleted|loaded|read|too|access|bearer|basic|default|option|flag|argument|parameter|value|field|auth|authentication|authorization|oauth2?|oidc|saml|jwt|cookie|session|password|token|secret)$/i;
const NUMBER = /^[-+]?\d[\d.,_]*(?:ms|s|k|kb|mb)?$/i;
const PATH = /^(?:~|\.{0,2}\/|[A-Za-z]:\\|[a-z]{2,8}:\/\/)/;
const CODE = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*\(|^[A-Za-z_$]+(?:[._-][A-Za-z_$]+)+$/;
const SECRET_CHARS_MIN = 6;
const LETTERS_ONLY_MIN = 16;
const LETTERS_ONLY_BITS_MIN = 3;

/** For keys that name nothing but a password: everything that can be one. */
export function isPasswordValue(found: Found): boolean {
  const { value } = found;
  if (PLACEHOLDER.test(value)) return false;
  // PWD is also the working directory.
  if (/^pwd/i.test(found.head) && PATH.test(value)) return false;
  if (isAssigned(found)) return !CODE.test(value) || isQuoted(found);
  if (STATUS_WORD.test(value)) return false;
  return !/^[A-Za-z]+$/.test(value) || standsAlone(found);
}

/** For keys like `token` and `secret`, which ordinary settings and sentences use too. */
export function isSecretValue(found: Found): boolean {
  const { value } = found;
  if (value.length < SECRET_CHARS_MIN || PLACEHOLDER.test(value) || STATUS_WORD.test(value))
    return false;
  if (NUMBER.test(value) || PATH.test(value) || CODE.test(value)) return false;
  if (/\s/.test(value)) return false;
  return looksRandom(value);
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
function standsAlone({ text, start, value, head }: Found): boolean {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const before = text.slice(lineStart, Math.max(lineStart, start - head.length));
  const after = text.slice(start + value.length, start + value.length + 1);
  return (after === '' || after === '\n' || after === '\r') && /^[\s\w.-]{0,40}$/.test(before);
}
