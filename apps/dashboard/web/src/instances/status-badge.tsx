import type { InstanceView } from '@mcplog/protocol';

const WORDS = {
  running: 'Running',
  starting: 'Starting',
  stopped: 'Stopped',
  backing_off: 'Waiting to restart',
  failed: 'Failed',
  unknown: 'Unknown',
} as const;

export function StatusBadge({ status }: { status: InstanceView['status'] }) {
  return (
    <span class={`status ${status}`}>
      <span class="status-dot" aria-hidden="true" />
      {WORDS[status] ?? status}
    </span>
  );
}
