export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly words: string;
  /** What to do about it. */
  readonly todo?: string;
}

export function ok(check: string, words: string): Finding {
  return { check, status: 'ok', words };
}

export function warn(check: string, words: string, todo: string): Finding {
  return { check, status: 'warn', words, todo };
}

export function fail(check: string, words: string, todo: string): Finding {
  return { check, status: 'fail', words, todo };
}
