/** How far other signers of the installation have come. */
import { join } from 'node:path';
import { type Disk, nodeDisk } from '@mcplog/log-store/check';
import { openOrdinaryFile } from '@mcplog/log-store/disk';
import { SignedCertificate } from './certificate.ts';
import { type Anchor, CHECKPOINT_FILE, SignedCheckpoint } from './checkpoint.ts';
import { readWholeFile } from './durable-file.ts';
import { HEADS_FILE, SignedHeads } from './heads.ts';
import type { Tip } from './journal.ts';
import { isDirectory } from './manifest-files.ts';
import { hashOf, parseStatement } from './statement.ts';

export interface SignerTips {
  readonly signer: string;
  readonly certificate: Tip | undefined;
  readonly heads: Tip | undefined;
}

const SIGNER_NAME = /^[a-z0-9-]{1,64}$/;
/** Far above the longest record of heads. */
const TAIL_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

export function listSigners(disk: Disk, data: string): string[] {
  const integrity = join(data, 'integrity');
  if (!isDirectory(disk, integrity)) return [];
  return disk
    .readdir(integrity)
    .filter((name) => SIGNER_NAME.test(name) && isDirectory(disk, join(integrity, name)))
    .sort();
}

/** What a checkpoint names is on disk before it: journals of heads are synced here. */
export function readChainTips(disk: Disk, data: string): SignerTips[] {
  return listSigners(disk, data).map((signer) => {
    const directory = join(data, 'integrity', signer);
    return {
      signer,
      certificate: newestCertificate(disk, join(directory, 'certificates')),
      heads: lastHeads(disk, join(directory, HEADS_FILE)),
    };
  });
}

function newestCertificate(disk: Disk, folder: string): Tip | undefined {
  if (!isDirectory(disk, folder)) return undefined;
  const names = disk.readdir(folder).filter((name) => name.endsWith('.json'));
  for (const name of names.sort().reverse()) {
    const text = readWholeFile(disk, join(folder, name))?.toString().trimEnd();
    const certificate = text && parseStatement(SignedCertificate, text);
    if (certificate) return { number: certificate.body.number, hash: hashOf(certificate) };
  }
  return undefined;
}

function lastHeads(disk: Disk, path: string): Tip | undefined {
  const text = lastLine(disk, path, { isSynced: true });
  const record = text === undefined ? undefined : parseStatement(SignedHeads, text);
  return record && { number: record.body.number, hash: hashOf(record) };
}

/**
 * The last checkpoint of a running or stopped platform, for whoever keeps anchors elsewhere or puts
 * them into answers. Its signature is not checked.
 */
export function readAnchor(
  data: string,
  { signer = 'maintenance-worker', disk = nodeDisk }: { signer?: string; disk?: Disk } = {},
): Anchor | undefined {
  const path = join(data, 'integrity', signer, CHECKPOINT_FILE);
  const text = lastLine(disk, path, { isSynced: false });
  const record = text === undefined ? undefined : parseStatement(SignedCheckpoint, text);
  return record && { number: record.body.number, hash: hashOf(record) };
}

function lastLine(
  disk: Disk,
  path: string,
  { isSynced }: { readonly isSynced: boolean },
): string | undefined {
  if (disk.lstat(path)?.kind !== 'file') return undefined;
  const { fd } = openOrdinaryFile(disk, path);
  try {
    if (isSynced) disk.fsyncNow(fd);
    const { bytes } = disk.stat(fd);
    const tail = Buffer.alloc(Math.min(bytes, TAIL_BYTES));
    const got = disk.read(fd, tail, bytes - tail.length);
    const end = tail.subarray(0, got).lastIndexOf(NEWLINE);
    if (end < 0) return undefined;
    const start = end === 0 ? 0 : tail.lastIndexOf(NEWLINE, end - 1) + 1;
    return tail.toString('utf8', start, end);
  } finally {
    disk.close(fd);
  }
}
