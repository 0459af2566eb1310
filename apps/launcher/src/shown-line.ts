/** Which of a program's printed lines the person at the terminal should see. */
import { printable } from './terminal.ts';

const SHOWN_LEVELS = ['warn', 'error', 'fatal'];

/** A line of one of our apps: JSON of pino, or plain words when Node itself speaks. */
export function shownAppLine(line: string): string | undefined {
  const entry = parseObject(line);
  if (entry === undefined) return isFrame(line) ? undefined : printable(line);
  const level = String(entry.level);
  if (!SHOWN_LEVELS.includes(level)) return undefined;
  const error = entry.err as { message?: unknown } | undefined;
  const cause = typeof error?.message === 'string' ? error.message : '';
  const message = String(entry.msg ?? '');
  const told = cause === '' || message.includes(cause) ? message : `${message}: ${cause}`;
  return printable(`${level}: ${told}`);
}

/** A line of nats-server, such as `[7] 2026/11/23 13:40:01.000 [WRN] …`. */
export function shownNatsLine(line: string): string | undefined {
  const [, level, text = ''] = /\[(WRN|ERR|FTL)\] (.*)$/.exec(line) ?? [];
  if (level === undefined) return /^nats-server: /.test(line) ? printable(line) : undefined;
  return printable(`${level}: ${text}`);
}

/** The parts of a stack trace that say nothing to its reader at a terminal. */
function isFrame(line: string): boolean {
  return /^(\s|$|[}\]]|node:internal|Node\.js v)/.test(line);
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
