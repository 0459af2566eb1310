import type { LogEntry } from '@mcplog/log-entry';
import type {
  CreateUserRequest,
  HealthAnswer,
  SystemLogAnswer,
  SystemLogQuery,
  UserView,
} from '@mcplog/protocol';
import { callApi } from './client.ts';

export type Health = HealthAnswer['data'];
export type SystemLogs = Omit<SystemLogAnswer['data'], 'logs'> & { readonly logs: LogEntry[] };

export function readHealth(signal?: AbortSignal): Promise<Health> {
  return callApi('/api/v1/admin/logs/health', { signal });
}

export function readSystemLogs(query: SystemLogQuery, signal: AbortSignal): Promise<SystemLogs> {
  return callApi('/api/v1/admin/logs/system', { params: { ...query }, signal });
}

export function listUsers(): Promise<UserView[]> {
  return callApi('/api/v1/admin/users');
}

export function createUser(body: CreateUserRequest): Promise<UserView> {
  return callApi('/api/v1/admin/users', { method: 'POST', body });
}
