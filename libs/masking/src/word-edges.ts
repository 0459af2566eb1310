import { isPlain } from './needle-walk.ts';

/** True when what stands from `start` to `end` is a word by itself. */
export function isDelimited(text: string, start: number, end: number): boolean {
  return !isWordCode(text.charCodeAt(end)) && isWordStart(text, start);
}

function isWordStart(text: string, start: number): boolean {
  if (!isWordCode(text.charCodeAt(start - 1))) return true;
  // The letter before may belong to an escape: `\nab12`, `%3Dab12`, `\u003dab12`.
  return /(?:\\[nrtbf]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4})$/.test(
    text.slice(Math.max(0, start - 6), start),
  );
}

function isWordCode(code: number): boolean {
  return code === 95 || isPlain(code) || code >= 0xc0;
}

export function isBase64(code: number): boolean {
  return isPlain(code) || code === 43 || code === 47 || code === 45 || code === 95;
}
