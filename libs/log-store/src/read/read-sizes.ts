/** How much is read at once, in bytes. */
export interface ReadSizes {
  /** The first chunk of a scan, small because the first page is often in it. */
  readonly chunkFirst: number;
  /** What chunks grow to. */
  readonly chunkMax: number;
  /** The same for filters that parse every line: about the milliseconds that others may wait. */
  readonly slowChunkMax: number;
  /** One row of the tables that are made in memory for a growing file. */
  readonly indexChunk: number;
  /** Plain text that is scanned on the caller's thread rather than sent to another. */
  readonly inlineBytes: number;
  /** The first chunks or blocks of a page, which mostly are enough: scanned by the caller. */
  readonly inlinePieces: number;
  /** Plain text of one task for another thread, when only numbers come back. */
  readonly taskBytes: number;
  /** Below it a file is read whole rather than sought in. */
  readonly seekMin: number;
  /** One probe while seeking. */
  readonly probe: number;
}

export const READ_SIZES: ReadSizes = {
  chunkFirst: 64 * 1024,
  chunkMax: 1024 * 1024,
  slowChunkMax: 64 * 1024,
  indexChunk: 256 * 1024,
  inlineBytes: 1024 * 1024,
  inlinePieces: 2,
  taskBytes: 1024 * 1024,
  seekMin: 256 * 1024,
  probe: 8 * 1024,
};
