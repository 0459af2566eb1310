import type { LogTarget } from '../disk/path.ts';

/** Damage that the writer met and dealt with; worth a system entry and, save torn ends, an alert. */
export type Finding =
  /** The end of a file was no whole line; it was cut off and kept in quarantine. */
  | {
      readonly kind: 'torn-tail';
      readonly target: LogTarget;
      readonly path: string;
      readonly keptBytes: number;
      readonly cutBytes: number;
      readonly quarantinePath: string;
      readonly lastSeq: number;
    }
  /** A file was set aside whole and a new one begun; readers still see it. */
  | {
      readonly kind: 'set-aside';
      readonly target: LogTarget;
      readonly path: string;
      readonly movedTo: string;
      /** The last seq that is certain to be on disk. */
      readonly lastSeq: number;
      readonly error: Error;
    }
  /** A rotated file cannot be read: how far the log has come was told by an older one. */
  | {
      readonly kind: 'unreadable';
      readonly target: LogTarget;
      readonly path: string;
      /** What was found instead, 0 for nothing. */
      readonly lastSeq: number;
      readonly error: Error;
    }
  /** Somebody else renamed or deleted a file that we had open; a new one is begun. */
  | {
      readonly kind: 'moved-away';
      readonly target: LogTarget;
      readonly path: string;
      /** The last seq that was on disk in the file that is gone. */
      readonly lastSeq: number;
      readonly error: Error;
    };
