import type { CatalogueItem, InstanceView } from '@mcplog/protocol';
import { callApi } from './client.ts';

/** What a person who makes an instance may know of a catalogue item. */
export type CatalogueView = Pick<CatalogueItem, 'service' | 'env' | 'transport'>;

export interface NewInstance {
  readonly service: string;
  readonly name?: string;
  readonly env: Readonly<Record<string, string>>;
}

export function listInstances(): Promise<InstanceView[]> {
  return callApi('/api/v1/mcps');
}

export function getInstance(id: string): Promise<InstanceView> {
  return callApi(`/api/v1/mcps/${id}`);
}

export function listCatalogue(): Promise<CatalogueView[]> {
  return callApi('/api/v1/catalogue');
}

export function createInstance(body: NewInstance): Promise<InstanceView> {
  return callApi('/api/v1/mcps', { method: 'POST', body });
}

export function deleteInstance(id: string): Promise<void> {
  return callApi(`/api/v1/mcps/${id}`, { method: 'DELETE' });
}

export type InstanceAction = 'start' | 'stop' | 'restart';

export function actOnInstance(id: string, action: InstanceAction): Promise<void> {
  return callApi(`/api/v1/mcps/${id}/${action}`, { method: 'POST' });
}
