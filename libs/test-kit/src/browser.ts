import { programPath } from './program-path.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser for page tests: `MCPLOG_TEST_BROWSER` (set by npm test), else one on the PATH. */
export function browserPath(): string {
  const found = process.env.MCPLOG_TEST_BROWSER ?? NAMES.map(programPath).find(Boolean);
  if (found === undefined) throw new Error('no browser found; "npm test" installs one');
  return found;
}
