/** Does Docker really run the containers the way the file says? */
import { type Check, expect } from './check.ts';
import { type Container, serviceOf } from './stack.ts';

const RUNS_AS = '10001:10001';
const LOGS = '/var/lib/mcplog/logs';
const LOG_READERS = ['admin-api', 'query-api', 'stream-gateway'];

export const CONTAINER_CHECKS: readonly Check[] = [
  {
    name: 'a start without the password of the administrator is refused, and says why',
    run: async ({ stack }) => {
      const { status, stderr } = stack.attempt({ MCPLOG_ADMIN_PASSWORD: '' }, 'config');
      expect(status !== 0 && stderr.includes('set MCPLOG_ADMIN_PASSWORD'), stderr);
    },
  },
  {
    name: 'every container is confined: no root, nothing writable but its volumes, limits',
    run: async ({ stack }) => {
      for (const container of stack.containers()) {
        expect(
          isConfined(container),
          `${serviceOf(container)}: ${JSON.stringify(container.HostConfig)}`,
        );
      }
    },
  },
  {
    name: 'only the dashboard is published, on loopback',
    run: async ({ stack }) => {
      for (const container of stack.containers()) {
        const hosts = Object.values(container.HostConfig.PortBindings ?? {}).flat();
        const wanted = serviceOf(container) === 'dashboard' ? ['127.0.0.1'] : [];
        const found = hosts.map(({ HostIp }) => HostIp);
        expect(found.join() === wanted.join(), `${serviceOf(container)}: ${found}`);
      }
    },
  },
  {
    name: 'only log-writer and maintenance-worker can write logs, and the supervisor cannot see them',
    run: async ({ stack }) => {
      const withLogs = (writable: boolean) =>
        stack
          .containers()
          .filter(({ Mounts }) => Mounts.some((m) => m.Destination === LOGS && m.RW === writable))
          .map(serviceOf)
          .sort();
      const writers = 'log-writer,maintenance-worker';
      expect(withLogs(true).join() === writers, `written by ${withLogs(true)}`);
      expect(withLogs(false).join() === LOG_READERS.join(), `read by ${withLogs(false)}`);
    },
  },
];

function isConfined({ Config, HostConfig }: Container): boolean {
  const { ReadonlyRootfs, CapDrop, SecurityOpt, Memory, PidsLimit } = HostConfig;
  return (
    Config.User === RUNS_AS &&
    ReadonlyRootfs &&
    CapDrop?.includes('ALL') === true &&
    SecurityOpt?.some((option) => option.startsWith('no-new-privileges')) === true &&
    Memory > 0 &&
    (PidsLimit ?? 0) > 0
  );
}
