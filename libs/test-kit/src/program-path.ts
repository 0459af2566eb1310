import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where the PATH finds this program, if it does. */
export function programPath(name: string): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, name));
  return places.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
