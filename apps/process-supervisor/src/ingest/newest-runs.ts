/** `wrap-runs.json`: the newest run of each wrapped instance, so that a restart forgets none. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

const Runs = Type.Record(Type.String(), Type.Integer({ minimum: 1 }));

export class NewestRuns {
  readonly #path: string;
  readonly #runs: Map<string, number>;

  constructor(path: string) {
    this.#path = path;
    this.#runs = new Map(Object.entries(readRuns(path)));
  }

  /** 0 when none is known. */
  of(instanceId: string): number {
    return this.#runs.get(instanceId) ?? 0;
  }

  set(instanceId: string, run: number): void {
    this.#runs.set(instanceId, run);
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const draft = `${this.#path}.new`;
    writeFileSync(draft, JSON.stringify(Object.fromEntries(this.#runs)), { mode: 0o600 });
    renameSync(draft, this.#path);
  }

  /** For an instance that is gone. */
  forget(instanceId: string): void {
    this.#runs.delete(instanceId);
  }
}

function readRuns(path: string): Record<string, number> {
  try {
    const runs: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return Value.Check(Runs, runs) ? runs : {};
  } catch {
    // No file yet, or a damaged one: clients are then told to begin new runs.
    return {};
  }
}
