/**
 * The certificate of the key in use. Until the next checkpoint no record names it: its absence shows
 * in its private key alone.
 */
import type { Disk } from '@mcplog/log-store/check';
import { certificateFile } from '../certificate.ts';
import { integrityDirectory } from '../signer.ts';

const KEY_FILE = /^key\.(\d{4}-\d{2}-\d{2})$/;

export interface NewestCertificate {
  readonly signer: string;
  /** Of the newest certificate that is there. */
  readonly day: string;
}

/**
 * The file that must be there behind the newest one, `undefined` when none must: a key takes over once
 * it is certified, and only then is the key before it erased. A copy of the data without private keys
 * does not tell.
 */
export function missingBehind(
  disk: Disk,
  data: string,
  { signer, day }: NewestCertificate,
): string | undefined {
  const names = disk.readdir(integrityDirectory(data, signer));
  const days = names.flatMap((name) => KEY_FILE.exec(name)?.[1] ?? []).sort();
  const last = days.at(-1);
  if (last === undefined || last <= day || days.includes(day)) return undefined;
  return certificateFile(last);
}
