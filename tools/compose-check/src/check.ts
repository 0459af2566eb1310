/** One thing that must be true of the running product. */
import type { Person } from './person.ts';
import type { Images, Stack } from './stack.ts';

export interface Scene {
  readonly stack: Stack;
  readonly images: Images;
  readonly admin: Person;
  readonly ann: Person;
  readonly bob: Person;
  /** Ann's instance of server-everything. */
  readonly calls: string;
  /** Ann's instance of the numbered server, which writes what it is told to. */
  readonly printer: string;
}

export interface Check {
  readonly name: string;
  /** @throws Error telling what was found instead */
  run(scene: Scene): Promise<void>;
}

/** @throws Error telling what was found, unless it is what must be */
export function expect(holds: boolean, found: unknown): void {
  if (!holds)
    throw new Error(`found: ${typeof found === 'string' ? found : JSON.stringify(found)}`);
}
