/** What this worker has done since it started, and what holds it up; for life signs and metrics. */
export class WorkerFigures {
  sealedFiles = 0;
  sealedPlainBytes = 0;
  sealedStoredBytes = 0;
  sealFailures = 0;
  quarantinedFiles = 0;
  rebuiltIndexes = 0;
  repairedBlocks = 0;
  /** When a file was last sealed, milliseconds since 1970; 0 for never. */
  lastSealedMs = 0;
  jobsDone = 0;
  jobsFailed = 0;
  /** What goes wrong right now, in words, by what it is about. */
  readonly problems = new Map<string, string>();
}
