/** What this writer has done since it started; shown in its life signs and metrics. */
export class WriterFigures {
  entries = 0;
  bytes = 0;
  rotations = 0;
  rotationFailures = 0;
  /** When a file was last rotated, milliseconds since 1970; 0 for never. */
  lastRotationMs = 0;
  /** Problems that hold back writing right now, by file or shard. */
  readonly problems = new Map<string, string>();

  count({ count, tail }: { readonly count: number; readonly tail: Buffer }): void {
    this.entries += count;
    this.bytes += tail.length;
  }
}
