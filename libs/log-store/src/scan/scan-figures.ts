/** What a reader has done so far, for metrics; every number only grows. */
export interface ScanFigures {
  /** Plain text that was looked at. */
  plainBytes: number;
  /** Blocks of segments and chunks of plain files that were opened. */
  blocksOpened: number;
  /** Blocks that an index or a cache answered for. */
  blocksRuledOut: number;
  /** Blocks that did not hold what was written. */
  blocksDamaged: number;
  /** Times that a file was passed over: a link, no ordinary file, or one that cannot be opened. */
  filesSkipped: number;
}

export function createScanFigures(): ScanFigures {
  return { plainBytes: 0, blocksOpened: 0, blocksRuledOut: 0, blocksDamaged: 0, filesSkipped: 0 };
}
