import type { LogEntry } from '@mcplog/log-entry';
import { type Palette, printable } from './terminal.ts';

/** `2026-11-23T12:00:00.000Z ERROR stderr message`; further lines of a message are indented. */
export function entryLine(entry: LogEntry, palette: Palette): string {
  const { timestamp, level, message, metadata } = entry;
  const word = palette.level(level, level.toUpperCase().padEnd(5));
  const text = printable(message).replaceAll('\n', '\n    ');
  return `${palette.dim(printable(timestamp))} ${word} ${metadata.type.padEnd(6)} ${text}\n`;
}
