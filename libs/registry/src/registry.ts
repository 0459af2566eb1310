import type { Bus } from '@mcplog/message-bus';
import {
  CatalogueItem,
  InstanceRecord,
  InstanceStatus,
  JobRecord,
  LeaseRecord,
  RunRecord,
  ServiceRecord,
  SessionRecord,
  TicketRecord,
  UserRecord,
} from '@mcplog/protocol';
import { type Static, type TSchema, Type } from 'typebox';
import { openTable, type Table } from './table.ts';

/** Which user has a name; keyed by the base64url of the lower-cased name. */
const UsernameRecord = Type.Object({ userId: Type.String() });

const SCHEMAS = {
  users: UserRecord,
  usernames: UsernameRecord,
  sessions: SessionRecord,
  tickets: TicketRecord,
  catalogue: CatalogueItem,
  instances: InstanceRecord,
  instance_status: InstanceStatus,
  runs: RunRecord,
  jobs: JobRecord,
  leases: LeaseRecord,
  services: ServiceRecord,
} satisfies Record<string, TSchema>;

export type TableName = keyof typeof SCHEMAS;

/** The opened tables by name, and how to let go of them. */
export type Registry<N extends TableName> = {
  readonly [K in N]: Table<Static<(typeof SCHEMAS)[K]>>;
} & { readonly close: () => void };

export interface RegistryOptions<N extends TableName> {
  /** Tables kept in memory; complete when the call resolves. */
  readonly watch: readonly N[];
}

/**
 * Opens the named tables with their replicas. A service names only those its bus identity may
 * read (BUS_PERMISSIONS in message-bus).
 */
export async function openRegistry<N extends TableName>(
  bus: Bus,
  { watch }: RegistryOptions<N>,
): Promise<Registry<N>> {
  const stops: (() => void)[] = [];
  const tables: Record<string, Table<never>> = {};
  for (const name of watch) {
    const table = await openTable(bus, name, SCHEMAS[name]);
    const { ready, stop } = table.watch();
    stops.push(stop);
    await ready;
    tables[name] = table as unknown as Table<never>;
  }
  const close = () => {
    for (const stop of stops) stop();
  };
  return { ...tables, close } as unknown as Registry<N>;
}
