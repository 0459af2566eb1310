/** Progress on stdout; the ready line is the last of it. */
export function say(text: string): void {
  process.stdout.write(`mcplog: ${text}\n`);
}

/** Trouble, on stderr. */
export function warn(text: string): void {
  process.stderr.write(`mcplog: ${text}\n`);
}

/** Controls, what turns the reading direction or ends a line, and tags that nobody sees. */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]+/gu;

/** Words of another program for the terminal: one line, no control characters, not endless. */
export function printable(text: string, charsMax = 400): string {
  const clean = text.replaceAll(UNPRINTABLE, ' ').trim();
  return clean.length > charsMax ? `${clean.slice(0, charsMax)}…` : clean;
}

/** A start that cannot go on; the message tells the user what to do. */
export class StartError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StartError';
  }
}
