import { accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Why a command cannot be run; the words are for its administrator. */
export class NoProgramError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoProgramError';
  }
}

/**
 * The path of a command, found as a shell would.
 * @throws NoProgramError when there is none or it may not be executed
 */
export function findProgram(command: string, searchPath: readonly string[], cwd: string): string {
  const places = command.includes('/')
    ? [resolve(cwd, command)]
    : searchPath.map((folder) => join(folder, command));
  const found = places.filter((place) => statSync(place, { throwIfNoEntry: false })?.isFile());
  const program = found.find(mayExecute);
  if (program !== undefined) return program;
  throw new NoProgramError(
    found.length > 0 ? 'it may not be executed' : 'there is no such program',
  );
}

function mayExecute(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
