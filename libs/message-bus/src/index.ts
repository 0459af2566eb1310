export { type Backlog, readBacklogs } from './backlog.ts';
export { Bucket, type BucketChange, openBucket, type Versioned } from './bucket.ts';
export { Bus, type BusOptions, type BusState, connectBus, type StoredAt } from './bus.ts';
export { type BusDurability, readBusDurability } from './durability.ts';
export { BusFullError, BusUnavailableError, RevisionConflictError } from './errors.ts';
export { BUS_PERMISSIONS, busSeedPath, createBusIdentities } from './identities.ts';
export {
  type Intake,
  type IntakeMessage,
  type IntakeOptions,
  openIntake,
  streamLastSeq,
} from './intake.ts';
export { BUCKETS, type ProvisionOptions, provisionBus } from './provision.ts';
export {
  knowsSyncInterval,
  renderServerConfig,
  type ServerConfigOptions,
} from './server-config.ts';
export { type SystemEvent, SystemLog } from './system-log.ts';
