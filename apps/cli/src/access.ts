/** Which platform a command talks to, and as whom. */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError, usageError } from './errors.ts';
import { readFileIfThere, writePrivateFile } from './private-file.ts';
import { isHttpUrl, type Settings } from './settings.ts';

/** The folder of the repository, whose own data folder is the default of `npm start`. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[\\/]$/, '');

export interface Access {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** Where both were found, for people. */
  readonly source: string;
}

export interface AccessFlags {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  /** Data folder of a platform on this machine. */
  readonly data?: string | undefined;
}

/**
 * The first that is complete of: flags, MCPLOG_URL and MCPLOG_TOKEN, the credentials file of
 * `mcplog login`, the launcher's file for this machine. A URL that is given alone is completed with
 * a token that was stored for the same URL, never with one for another.
 * @throws CliError saying what can be done when none is found
 */
export function findAccess(settings: Settings, flags: AccessFlags = {}): Access {
  if (flags.url !== undefined && !isHttpUrl(flags.url)) {
    throw usageError(`--url ${flags.url}: accepted is http://host:port or https://host`);
  }
  const url = flags.url ?? settings.url;
  const token = flags.token ?? settings.token;
  const wanted = url === undefined ? undefined : normalUrl(url);
  if (wanted !== undefined && token !== undefined) {
    const fromFlags = flags.url !== undefined && flags.token !== undefined;
    return { url: wanted, token, source: fromFlags ? 'flags' : 'flags and environment' };
  }
  for (const stored of storedAccesses(settings, flags)) {
    if (wanted !== undefined && stored.url !== wanted) continue;
    return token === undefined ? stored : { ...stored, token };
  }
  if (token !== undefined && wanted === undefined) {
    return { url: `http://127.0.0.1:${settings.port}`, token, source: 'the token given' };
  }
  throw new CliError(
    wanted === undefined
      ? 'not logged in: run "mcplog login", or start mcplog on this machine with "mcplog up"'
      : `not logged in at ${wanted}: run "mcplog login --url ${wanted}", or set MCPLOG_TOKEN`,
  );
}

/** The same without a refusal; `undefined` when there is none. */
export function findAccessIfAny(settings: Settings, flags: AccessFlags = {}): Access | undefined {
  try {
    return findAccess(settings, flags);
  } catch (error) {
    if (error instanceof CliError) return undefined;
    throw error;
  }
}

export function normalUrl(url: string): string {
  return url.trim().replace(/\/+$/, '');
}

export function credentialsFile(settings: Settings): string {
  return join(settings.configDir, 'credentials.json');
}

export function saveCredentials(settings: Settings, access: Pick<Access, 'url' | 'token'>): void {
  const { url, token } = access;
  writePrivateFile(credentialsFile(settings), `${JSON.stringify({ url, token }, null, 2)}\n`);
}

export function readCredentials(settings: Settings): Access | undefined {
  return readAccessFile(credentialsFile(settings));
}

export function forgetCredentials(settings: Settings): void {
  rmSync(credentialsFile(settings), { force: true });
}

/** Where a platform on this machine may keep its data: as told, else here and in the repository. */
export function dataDirs(settings: Settings, flag?: string): readonly string[] {
  const told = flag ?? settings.dataDir;
  if (told !== undefined) return [resolve(told)];
  return [...new Set([resolve('data'), join(ROOT, 'data')])];
}

function storedAccesses(settings: Settings, flags: AccessFlags): Access[] {
  const local = dataDirs(settings, flags.data).map((dir) =>
    readAccessFile(join(dir, 'local-access.json')),
  );
  // A folder that is named on the command line is meant, whoever is logged in elsewhere.
  const files = flags.data === undefined ? [readCredentials(settings), ...local] : local;
  return files.filter((access) => access !== undefined);
}

/** Undefined when the file is not there or not ours to read. */
function readAccessFile(file: string): Access | undefined {
  const text = readIfAllowed(file);
  if (text === undefined) return undefined;
  const value = parseObject(text);
  const { url, token } = value;
  if (typeof url !== 'string' || typeof token !== 'string' || !isHttpUrl(url)) {
    throw new CliError(`${file} does not hold {"url", "token"}: remove it and log in again`);
  }
  return { url: normalUrl(url), token, source: file };
}

function readIfAllowed(file: string): string | undefined {
  try {
    return readFileIfThere(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
