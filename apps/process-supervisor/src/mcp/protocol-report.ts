import type { ProgramName, ProtocolHealth } from '@mcplog/capture';
import type { ProtocolReport } from '@mcplog/protocol';
import type { StatusBoard } from '../instances/status-board.ts';
import type { Supervisor } from '../supervisor.ts';

const EVERY_MS = 5_000;

/** A health report as it may be shown: what strangers said of themselves is masked. */
export function reportOf(
  health: ProtocolHealth,
  { run, mask }: { readonly run: number; readonly mask: (text: string) => string },
): ProtocolReport {
  const { era, protocolVersions, server, clients, figures, outcomes, findings } = health;
  const named = ({ name, version }: ProgramName) => ({ name: mask(name), version: mask(version) });
  return {
    run,
    seenAt: new Date().toISOString(),
    era,
    protocolVersions: protocolVersions.map(mask),
    ...(server !== undefined && { server: named(server) }),
    clients: clients.map(named),
    figures: { ...figures },
    outcomes: { ...outcomes },
    findings: [...findings],
  };
}

/** Publishes how each server speaks, every 5 s when it has spoken. Returns how to stop. */
export function publishProtocol(supervisor: Supervisor, status: StatusBoard): () => void {
  const timer = setInterval(() => {
    for (const { record, current } of supervisor.running()) {
      const report = current.newProtocolReport();
      if (report !== undefined) status.setProtocol(record.id, report);
    }
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
