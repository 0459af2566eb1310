import type { Command } from 'commander';
import { type AccessFlags, findAccess } from '../access.ts';
import type { ApiClient } from '../api-client.ts';
import { usageError } from '../errors.ts';
import { loadSettings } from '../settings.ts';
import { type Palette, paletteFor } from '../terminal.ts';

/** The flags of every command that talks to the platform. */
export function addAccessOptions(command: Command): Command {
  return command
    .option('--url <url>', 'where the platform answers (MCPLOG_URL)')
    .option('--token <token>', 'session token; seen by others in ps, prefer MCPLOG_TOKEN')
    .option('--data <dir>', 'data folder of a platform on this machine (MCPLOG_DATA_DIR)');
}

/** @throws CliError when no platform is known */
export async function openApi(flags: AccessFlags): Promise<ApiClient> {
  const { ApiClient } = await import('../api-client.ts');
  return new ApiClient(findAccess(loadSettings(), flags));
}

/** Colours for people, none for pipes. */
export function stdoutPalette(): Palette {
  return paletteFor(process.stdout.isTTY === true && loadSettings().colour);
}

/** Writes and waits while the reader is slower than we are. */
export async function print(text: string): Promise<void> {
  if (process.stdout.write(text)) return;
  await new Promise<void>((resolve) => process.stdout.once('drain', () => resolve()));
}

/** @throws CliError (usage) */
export function readWholeNumber(
  flag: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw usageError(`${flag} ${text}: accepted is a whole number from ${min} to ${max}`);
}
