/** Exit statuses of every command except `wrap`, which ends as its server does. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** Wrong flags, arguments or settings. */
  usage: 2,
  /** Ctrl-C while there was something left to do. */
  interrupted: 130,
} as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** An end of a command that is told in one line; an empty message says nothing. */
export class CliError extends Error {
  readonly exitStatus: ExitStatus;
  /** Error code of the API, when the API refused. */
  readonly code: string | undefined;

  constructor(message: string, exitStatus: ExitStatus = EXIT.failed, code?: string) {
    super(message);
    this.name = 'CliError';
    this.exitStatus = exitStatus;
    this.code = code;
  }
}

export function usageError(message: string): CliError {
  return new CliError(message, EXIT.usage);
}
