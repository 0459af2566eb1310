export { LeaseKeeper, type LeaseOptions } from './lease-keeper.ts';
export { type SelfReport, sendLifeSigns } from './life-signs.ts';
export { newId, usernameKey } from './names.ts';
export { openRegistry, type Registry, type RegistryOptions, type TableName } from './registry.ts';
export { RunCounter } from './runs.ts';
export { openTable, Table, type TableListener } from './table.ts';
