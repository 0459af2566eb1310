import { InstanceView } from '@mcplog/protocol';
import { Type } from 'typebox';
import type { ApiClient } from './api-client.ts';
import { CliError } from './errors.ts';

const InstanceList = Type.Object({ data: Type.Array(InstanceView) });
const NAMES_SHOWN = 10;

export async function listInstances(api: ApiClient): Promise<InstanceView[]> {
  return (await api.ask('/api/v1/mcps', InstanceList)).data;
}

/**
 * The instance with that id, else the only one with that name.
 * @throws CliError when there is none, or when several have the name
 */
export async function findInstance(api: ApiClient, idOrName: string): Promise<InstanceView> {
  const instances = await listInstances(api);
  const byId = instances.find(({ id }) => id === idOrName);
  if (byId !== undefined) return byId;
  const byName = instances.filter(({ name }) => name === idOrName);
  if (byName.length > 1) {
    const ids = byName.map(({ id }) => id).join(', ');
    throw new CliError(`${byName.length} instances are called "${idOrName}": use an id (${ids})`);
  }
  const [only] = byName;
  if (only !== undefined) return only;
  const known = instances.slice(0, NAMES_SHOWN).map(({ id, name }) => `${name} (${id})`);
  const list = known.length === 0 ? 'you have none yet' : `yours are ${known.join(', ')}`;
  throw new CliError(`no instance "${idOrName}": ${list}`);
}
