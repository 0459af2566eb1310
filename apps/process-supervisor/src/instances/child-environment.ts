import { dirname, join } from 'node:path';
import type { Sealer } from '@mcplog/access-control';
import type { Secret } from '@mcplog/masking';
import type { CatalogueItem, InstanceRecord } from '@mcplog/protocol';

/** Why an instance cannot be started until somebody changes its record or its catalogue item. */
export class StartRefusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StartRefusal';
  }
}

export interface ChildEnvironment {
  readonly env: Readonly<Record<string, string>> & { readonly PATH: string };
  /** Values that must never be seen, by variable. */
  readonly secrets: readonly Secret[];
}

export interface EnvironmentOptions {
  readonly sealer: Sealer;
  /** Folders for programs, after the one of the Node that runs this service. */
  readonly path: string;
  /** The child's own folder. */
  readonly home: string;
}

/** Where a child keeps what it writes; also its working directory. */
export function homeOf(dataDir: string, instanceId: string): string {
  return join(dataDir, 'instances', instanceId);
}

/** Present in the environment of every child, so that leftovers can be told from strangers. */
export const INSTANCE_MARK = 'MCPLOG_INSTANCE_ID';

/**
 * Everything a child gets to see: nothing of this process's own environment, only a search path, a
 * home of its own and the values its catalogue item declares.
 * @throws StartRefusal when a value is missing or the sealed ones do not open
 */
export function buildEnvironment(
  record: InstanceRecord,
  item: CatalogueItem,
  { sealer, path, home }: EnvironmentOptions,
): ChildEnvironment {
  const sealed = openSealed(record, sealer);
  const declared: Record<string, string> = {};
  const secrets: Secret[] = [];
  for (const [name, { secret, required }] of Object.entries(item.env)) {
    const value = sealed[name] ?? record.env[name];
    if (value === undefined) {
      if (required) throw new StartRefusal(`the value ${name} is required and not given`);
      continue;
    }
    declared[name] = value;
    if ((secret || name in sealed) && value !== '') secrets.push({ name, value });
  }
  const env = {
    ...declared,
    PATH: `${dirname(process.execPath)}:${path}`,
    HOME: home,
    TMPDIR: join(home, 'tmp'),
    LANG: 'C.UTF-8',
    // Without it Python holds back what it prints until the process ends.
    PYTHONUNBUFFERED: '1',
    [INSTANCE_MARK]: record.id,
  };
  return { env, secrets };
}

function openSealed(record: InstanceRecord, sealer: Sealer): Record<string, string> {
  if (record.sealedEnv === '') return {};
  try {
    const opened: unknown = JSON.parse(sealer.open(record.sealedEnv, record.id));
    return opened as Record<string, string>;
  } catch (error) {
    throw new StartRefusal(`the secrets of this instance cannot be opened: ${String(error)}`);
  }
}
