import type { SystemLevel } from '@mcplog/log-entry';

/**
 * Text from outside for a terminal. Line ends and tabs stay; what could move the cursor, change
 * colours or turn the reading direction is shown instead of obeyed: `␛`, `\u{9b}`, `\u{202e}`.
 */
export function printable(text: string): string {
  return text.replaceAll(HOSTILE, (char) => {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    if (code === 0x7f) return '\u2421';
    return `\\u{${code.toString(16)}}`;
  });
}

const HOSTILE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/gu;

export interface Palette {
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly level: (level: SystemLevel, text: string) => string;
}

const LEVEL_COLOUR: Readonly<Record<SystemLevel, string>> = {
  debug: '90',
  info: '36',
  warn: '33',
  error: '31',
  critical: '1;31',
};

/** Colours when `isWanted`, else the text as it is. */
export function paletteFor(isWanted: boolean): Palette {
  const paint = (style: string) => (text: string) =>
    isWanted ? `\u001b[${style}m${text}\u001b[0m` : text;
  return {
    dim: paint('2'),
    bold: paint('1'),
    level: (level, text) => paint(LEVEL_COLOUR[level] ?? '0')(text),
  };
}

/** Columns padded to their widest cell; the last one is left as it is. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length);
    });
  }
  const pad = (row: readonly string[]) =>
    row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join('  ');
  return rows.map((row) => `${pad(row)}\n`).join('');
}
