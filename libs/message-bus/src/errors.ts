/** The broker cannot be reached now; the same call may succeed later. */
export class BusUnavailableError extends Error {
  constructor(what: string, cause?: unknown) {
    super(`${what}: the message bus is not reachable`, { cause });
    this.name = 'BusUnavailableError';
  }
}

/** The stream is full (its own limit or the server's): the sender must keep the message. */
export class BusFullError extends Error {
  constructor(subject: string, cause?: unknown) {
    super(`${subject}: the stream is full`, { cause });
    this.name = 'BusFullError';
  }
}

/** Somebody else changed the record first. */
export class RevisionConflictError extends Error {
  constructor(bucket: string, key: string) {
    super(`${bucket}/${key} was changed by somebody else`);
    this.name = 'RevisionConflictError';
  }
}
