/** Progress on stdout; the ready line is the last of it. */
export function say(text: string): void {
  process.stdout.write(`mcplog: ${text}\n`);
}

/** Trouble, on stderr. */
export function warn(text: string): void {
  process.stderr.write(`mcplog: ${text}\n`);
}

/** Words of another program for the terminal: one line, no control characters, not endless. */
export function printable(text: string, charsMax = 400): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  const clean = text.replaceAll(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+/g, ' ').trim();
  return clean.length > charsMax ? `${clean.slice(0, charsMax)}…` : clean;
}

/** A start that cannot go on; the message tells the user what to do. */
export class StartError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StartError';
  }
}
