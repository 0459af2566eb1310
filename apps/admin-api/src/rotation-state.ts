/** How rotating and sealing fare, as log-writers and the maintenance-worker say of themselves. */
import type { HealthAnswer, ServiceRecord } from '@mcplog/protocol';

/** A rotated file that waits this long shows that sealing does not keep up. */
export const BEHIND_AFTER_MS = 600_000;

type RotationView = HealthAnswer['data']['rotation'];

export interface RotationState extends RotationView {
  readonly status: HealthAnswer['data']['rotation_status'];
}

/** @param present services that have sent a sign lately */
export function rotationStateOf(present: readonly ServiceRecord[]): RotationState {
  const writers = present.filter(({ app }) => app === 'log-writer').map(({ figures }) => figures);
  const workers = present.filter(({ app }) => app === 'maintenance-worker');
  // Those that only wait to take over have nothing to say.
  const onDuty = workers.map(({ figures }) => figures).filter((figures) => figures.on_duty === 1);
  const failing = sum(writers, 'failing_rotations') + sum(onDuty, 'failing_files');
  const view = {
    last_rotation: timeOf(latest(writers, 'last_rotation_ms')),
    last_sealed: timeOf(latest(onDuty, 'last_sealed_ms')),
    waiting_files: sum(onDuty, 'waiting_files'),
    failing_files: failing,
    quarantined_files: sum(onDuty, 'quarantined_files'),
  };
  if (workers.length === 0) return { ...view, status: 'not_running' };
  if (failing > 0) return { ...view, status: 'failing' };
  const isBehind = latest(onDuty, 'oldest_waiting_ms') > BEHIND_AFTER_MS;
  return { ...view, status: isBehind ? 'behind' : 'healthy' };
}

type Figures = ServiceRecord['figures'];

function sum(all: readonly Figures[], name: string): number {
  return all.reduce((total, figures) => total + (figures[name] ?? 0), 0);
}

function latest(all: readonly Figures[], name: string): number {
  return Math.max(0, ...all.map((figures) => figures[name] ?? 0));
}

function timeOf(ms: number): string | null {
  return ms === 0 ? null : new Date(ms).toISOString();
}
