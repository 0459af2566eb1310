/**
 * Samples and their labels. A label line is `first-last level`, counting lines from 1; lines of no
 * label are blank ones between records.
 */
const LEVEL_OF_LETTER: Readonly<Record<string, string>> = {
  D: 'debug',
  I: 'info',
  W: 'warn',
  E: 'error',
};

export interface Label {
  readonly first: number;
  readonly last: number;
  readonly level: string;
}

/** Takes the marks of a program out of its output: `U+001E`, a level's letter, `U+001F`. */
export function splitMarked(marked: string, name: string): { text: string; labels: string } {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the marks are control characters.
  const parts = marked.split(/\u001e([DIWE])\u001f/);
  if (parts[0]?.trim() !== '') throw new Error(`${name}: text before the first mark: ${parts[0]}`);
  let text = '';
  const labels: string[] = [];
  for (let at = 1; at < parts.length; at += 2) {
    const level = LEVEL_OF_LETTER[parts[at] ?? ''];
    const body = parts[at + 1] ?? '';
    if (level === undefined) throw new Error(`level ${parts[at]}`);
    // This version of the program had nothing to say here.
    if (body.trim() === '') continue;
    const before = text.split('\n').length;
    const lines = body.replace(/\n$/, '').split('\n');
    const first = lines.findIndex((line) => line.trim() !== '');
    const last = lines.findLastIndex((line) => line.trim() !== '');
    labels.push(`${before + first}-${before + last} ${level}`);
    text += body.endsWith('\n') ? body : `${body}\n`;
  }
  return { text, labels: `${labels.join('\n')}\n` };
}

export function parseLabels(text: string): Label[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [, first, last, level] = /^(\d+)-(\d+) (debug|info|warn|error)$/.exec(line) ?? [];
      if (level === undefined) throw new Error(`label ${line}`);
      return { first: Number(first), last: Number(last), level };
    });
}
