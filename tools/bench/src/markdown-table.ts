/** A cell is text; numbers are formatted by whoever knows their unit. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A Markdown table whose columns line up as plain text too; all but the first go to the right. */
export function renderTable({ head, rows }: Table): string {
  const all = [head, ...rows].map((cells) => cells.map(escapeCell));
  const widths = head.map((_, at) => Math.max(3, ...all.map((cells) => (cells[at] ?? '').length)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, at) => align(cells[at] ?? '', width, at)).join(' | ')} |`;
  const rule = `|${widths.map((width, at) => dashes(width, at)).join('|')}|`;
  const [first = [], ...rest] = all;
  return [line(first), rule, ...rest.map(line)].join('\n');
}

function align(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}

function dashes(width: number, column: number): string {
  return column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
