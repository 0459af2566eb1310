/**
 * `<data>/local-access.json` (0600): `{url, token}` of a session with which the command line
 * tool works on this machine without a login.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Accounts, findUser, openSession } from './accounts.ts';
import type { Folders } from './folders.ts';
import { warn } from './terminal.ts';

/** Sessions live 12 h; a new one is written long before. */
const RENEW_MS = 4 * 3_600_000;

export interface LocalAccess {
  readonly url: string;
  readonly username: string;
}

/** Writes the file now and again while the product runs; returns how to stop. */
export async function offerLocalAccess(
  folders: Folders,
  accounts: Accounts,
  access: LocalAccess,
): Promise<() => void> {
  const write = async () => {
    const user = findUser(accounts, access.username);
    if (user === undefined) return;
    const token = await openSession(accounts, user);
    writePrivateJson(join(folders.data, 'local-access.json'), { url: access.url, token });
  };
  await write();
  const timer = setInterval(() => {
    write().catch((error: Error) => warn(`local-access.json: ${error.message}`));
  }, RENEW_MS);
  return () => clearInterval(timer);
}

/** Never seen half-written, never readable by others. */
export function writePrivateJson(file: string, value: unknown): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}
