/** Tables of segments, kept while their files stay the same. */

import type { Disk } from '../disk/disk.ts';
import type { SegmentPaths } from '../segment/segment-paths.ts';
import { loadTables, type SegmentTables } from '../segment/segment-tables.ts';
import { ByteCache } from './byte-cache.ts';
import { CountCache } from './count-cache.ts';

/** 10 GB of logs have about 7 MB of tables. */
const TABLES_BYTES_MAX = 64 * 1024 * 1024;

export class SegmentCache {
  readonly counts = new CountCache();
  readonly #tables: ByteCache<SegmentTables>;

  constructor(bytesMax = TABLES_BYTES_MAX) {
    this.#tables = new ByteCache(bytesMax);
  }

  /** @returns `undefined` when the segment is not there (any more). */
  tablesOf(disk: Disk, paths: SegmentPaths): SegmentTables | undefined {
    // A file that was repaired or rebuilt is another file, under the same name.
    const known = disk.lstat(paths.index) ?? disk.lstat(paths.sealed);
    if (known === undefined) return undefined;
    const key = `${known.identity} ${known.bytes}`;
    const kept = this.#tables.get(key);
    if (kept !== undefined) return kept;
    const tables = loadTables(disk, paths);
    if (tables !== undefined) this.#tables.set(key, tables, tables.bytes + key.length);
    return tables;
  }
}
