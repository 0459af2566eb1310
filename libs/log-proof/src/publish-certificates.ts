/**
 * Certificates are public. Copies lie with the logs, so that whoever may read logs can prove them
 * without a way to the private keys, and so that a backup of the logs holds them.
 */
import { join } from 'node:path';
import type { Disk } from '@mcplog/log-store/check';
import { makeDirectory, readWholeFile, writeFileDurably } from './durable-file.ts';
import type { Signer } from './signer.ts';

export function publishedCertificates(logs: string, signer: string): string {
  return join(logs, 'certificates', signer);
}

/** Copies the certificates that are not there yet. */
export function publishCertificates(disk: Disk, logs: string, signer: Signer): void {
  const from = join(signer.directory, 'certificates');
  const to = publishedCertificates(logs, signer.name);
  makeDirectory(disk, to);
  const known = new Set(disk.readdir(to));
  for (const name of disk.readdir(from)) {
    const text =
      name.endsWith('.json') && !known.has(name) && readWholeFile(disk, join(from, name));
    if (text) writeFileDurably(disk, join(to, name), text);
  }
}
