/** Checkpoints that the audit log of the same store mentions. */

import { join } from 'node:path';
import { parseEntry } from '@mcplog/log-entry';
import type { Disk } from '@mcplog/log-store/check';
import { openOrdinaryFile, readExactly } from '@mcplog/log-store/disk';
import { type Anchor, parseAnchor } from '../checkpoint.ts';

/** The event of the audit entry, and the member of its metadata that holds the anchor. */
export const ANCHOR_EVENT = 'integrity_anchor';
export const ANCHOR_MEMBER = 'anchor';

const MARK = Buffer.from(`"${ANCHOR_EVENT}"`);
const CHUNK_BYTES = 4 * 1024 * 1024;
const LINE_BYTES_MAX = 64 * 1024;

/** Those in files that are not sealed: the newest. Sealed ones are bound by their seals. */
export function readLoggedAnchors(disk: Disk, logs: string): Anchor[] {
  const directory = join(logs, 'system');
  if (disk.lstat(directory)?.kind !== 'directory') return [];
  const names = disk.readdir(directory).filter((name) => /^audit\.log(\.[\d.-]+)?$/.test(name));
  return names.sort().flatMap((name) => anchorsIn(disk, join(directory, name)));
}

function anchorsIn(disk: Disk, path: string): Anchor[] {
  if (disk.lstat(path)?.kind !== 'file') return [];
  const anchors: Anchor[] = [];
  const { fd } = openOrdinaryFile(disk, path);
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let position = 0; ; position += CHUNK_BYTES - LINE_BYTES_MAX) {
      const text = readExactly({ disk, fd }, chunk, position);
      anchors.push(...anchorsOf(text));
      if (text.length < CHUNK_BYTES) return anchors;
    }
  } finally {
    disk.close(fd);
  }
}

function anchorsOf(text: Buffer): Anchor[] {
  const anchors: Anchor[] = [];
  for (let at = text.indexOf(MARK); at >= 0; at = text.indexOf(MARK, at + 1)) {
    const start = text.lastIndexOf(0x0a, at) + 1;
    const end = text.indexOf(0x0a, at);
    if (end < 0) break;
    const metadata = parseEntry(text.toString('utf8', start, end))?.metadata;
    const said = metadata?.[ANCHOR_MEMBER];
    const anchor = metadata?.event === ANCHOR_EVENT ? parseAnchor(String(said)) : undefined;
    if (anchor !== undefined) anchors.push(anchor);
  }
  return anchors;
}
