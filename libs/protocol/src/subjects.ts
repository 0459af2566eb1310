import type { SystemCategory } from '@mcplog/log-entry';

/** How many partitions the capture stream has; an instance always maps to the same one. */
export const SHARD_COUNT = 16;

/** The work-queue stream of everything captured, and the one of system entries. */
export const CAPTURE_STREAM = 'CAPTURE';
export const SYSTEM_STREAM = 'SYSTEM';

/** The partition of an instance: FNV-1a over its id. */
export function shardOf(instanceId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < instanceId.length; i++) {
    hash = Math.imul(hash ^ instanceId.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) % SHARD_COUNT;
}

/** Batches of captured entries; payload: capture-batch.ts. */
export function captureSubject(shard: number): string {
  return `capture.${shard}`;
}

/** System entries; payload: system-record.ts. */
export function systemSubject(category: SystemCategory): string {
  return `system.${category}`;
}

/** Entries of one instance just after they became readable; payload: tail-message.ts. */
export function tailSubject(userId: string, instanceId: string): string {
  return `tail.user.${userId}.${instanceId}`;
}

/** System entries just after they became readable; payload: tail-message.ts. */
export function tailSystemSubject(category: SystemCategory): string {
  return `tail.system.${category}`;
}

/** The lease on the system logs; all others are those of {@link shardLease}. */
export const SYSTEM_LEASE = 'system';
/** Who holds it works on rotated files and runs jobs. */
export const MAINTENANCE_LEASE = 'maintenance';

/** The lease under which the instances of a shard are written. */
export function shardLease(shard: number): string {
  return `shard-${shard}`;
}

/** Together they cover every log. */
export const WRITER_LEASES: readonly string[] = [
  SYSTEM_LEASE,
  ...Array.from({ length: SHARD_COUNT }, (_, shard) => shardLease(shard)),
];

/** A question to all log-writers; payloads: maintenance.ts. */
export const ROTATE_SUBJECT = 'maintenance.rotate';

/** Told when a file was rotated; payload: maintenance.ts. */
export const ROTATED_SUBJECT = 'maintenance.rotated';
