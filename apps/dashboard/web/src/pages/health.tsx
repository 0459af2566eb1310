import { type Health, readHealth } from '../api/administration.ts';
import { Icon } from '../ui/icons.tsx';
import { Failure, Loading } from '../ui/states.tsx';
import { agoWords, byteWords, countWords } from '../ui/times.ts';
import { useAnswer } from '../ui/use-answer.ts';

const REFRESH_MS = 5000;

const VERDICTS = {
  healthy: 'Everything works',
  degraded: 'Works, with problems',
  critical: 'Needs attention now',
} as const;

const DURABILITY = {
  'power-loss': 'Nothing acknowledged is lost, even when the power fails.',
  'process-crash':
    'Nothing acknowledged is lost when a process dies. A power failure can take the last moments.',
  unknown: 'The bus has not said how it syncs, so no promise is made.',
} as const;

const ISOLATION_WORDS = {
  enclosed: 'Enclosed',
  'separate-users': 'Separate users',
  none: 'Not isolated',
  unknown: 'Unknown',
} as const;

const ISOLATION = {
  enclosed:
    'Each server sees its own programs and its own folder only; as root, each user also has a system user of their own.',
  'separate-users': "Each user's servers run under a system user of their own.",
  none: 'Servers are not isolated: they run as the same system user as mcplog and could read its files. See “Servers: not isolated” in the runbook.',
  unknown: 'No supervisor has said how it runs its servers.',
} as const;

/** One look at the logging system itself. */
export function HealthPage() {
  const { data, error, ask } = useAnswer(readHealth, REFRESH_MS);
  return (
    <div class="page">
      <title>Health · mcplog</title>
      <div class="page-head">
        <h1>Health</h1>
      </div>
      {error !== undefined && <Failure error={error} retry={ask} />}
      {data === undefined && error === undefined && <Loading what="health" />}
      {data && <HealthReport health={data} />}
    </div>
  );
}

function HealthReport({ health }: { health: Health }) {
  const state = health.log_system_health;
  return (
    <>
      <section class={`verdict ${state}`} aria-live="polite">
        <span class="verdict-mark" aria-hidden="true">
          <Icon name={state === 'healthy' ? 'check' : 'warning'} />
        </span>
        <div>
          <strong>{VERDICTS[state]}</strong>
          <span class="quiet">
            {' '}
            {health.services.length} services,{' '}
            {health.alerts.length === 0 ? 'no alerts' : `${health.alerts.length} alerts`}
          </span>
        </div>
      </section>
      {health.alerts.length > 0 && <Alerts alerts={health.alerts} />}
      <div class="tiles">
        <DiskTile usage={health.disk_usage} />
        <section class="tile">
          <h2>Bus</h2>
          <p class={`tile-value ${health.bus.connected ? '' : 'bad'}`}>
            {health.bus.connected ? 'Connected' : 'Not connected'}
          </p>
          <p class="quiet">{DURABILITY[health.bus.durability]}</p>
          <p class="quiet">NATS {health.bus.version}</p>
        </section>
        <section class="tile">
          <h2>Servers</h2>
          <p class="tile-value">{ISOLATION_WORDS[health.instance_isolation]}</p>
          <p class="quiet">{ISOLATION[health.instance_isolation]}</p>
        </section>
        <section class="tile">
          <h2>Rotation</h2>
          <p class="tile-value">{statusWords(health.rotation_status)}</p>
          <p class="quiet">{rotationWords(health.rotation)}</p>
          <h2>Backup</h2>
          <p class="tile-value">{statusWords(health.backup_status)}</p>
        </section>
      </div>
      <ServiceTable services={health.services} />
    </>
  );
}

function Alerts({ alerts }: { alerts: Health['alerts'] }) {
  return (
    <ul class="alerts" aria-label="Alerts">
      {alerts.map((alert) => (
        <li key={alert.kind + alert.message} class={`alert ${alert.severity}`}>
          <Icon name="warning" />
          <span>{alert.message}</span>
          <span class="quiet">
            {alert.kind}
            {alert.since && ` · ${agoWords(alert.since)}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

function DiskTile({ usage }: { usage: Health['disk_usage'] }) {
  const total = usage.bytes.total_space ?? 0;
  const share = (name: string) => (total > 0 ? (usage.bytes[name] ?? 0) / total : 0);
  const used = Math.round(share('used_space') * 100);
  return (
    <section class="tile">
      <h2>Disk</h2>
      <p class="tile-value">
        {usage.used_space} <span class="quiet">of {usage.total_space}</span>
      </p>
      <meter
        class="disk"
        min={0}
        max={1}
        high={0.9}
        optimum={0.5}
        value={share('used_space')}
        aria-label="Disk used"
      />
      <p class="quiet">
        {used} % used. User logs {usage.user_logs}, system logs {usage.system_logs}.
      </p>
    </section>
  );
}

function ServiceTable({ services }: { services: Health['services'] }) {
  return (
    <section class="panel">
      <h2>Services</h2>
      {services.length === 0 && <p class="quiet pad">No service has reported yet.</p>}
      <ul class="services">
        {services.map((service) => (
          <li key={`${service.app} ${service.host} ${service.pid}`} class="service-line">
            <span class={`status ${service.problems.length > 0 ? 'failed' : 'running'}`}>
              <span class="status-dot" aria-hidden="true" />
              {service.app}
            </span>
            <span class="quiet">
              {service.host} · pid {service.pid} · up {agoWords(service.started_at).slice(0, -4)} ·
              seen {agoWords(service.seen_at)}
            </span>
            <Figures figures={service.figures} />
            {service.problems.map((problem) => (
              <span key={problem} class="service-problem">
                {problem}
              </span>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Figures({ figures }: { figures: Record<string, number> }) {
  return (
    <dl class="figures">
      {Object.entries(figures).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{/bytes/i.test(name) ? byteWords(value) : countWords(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function rotationWords(rotation: Health['rotation']): string {
  const { last_rotation, waiting_files, failing_files, quarantined_files } = rotation;
  const counts = [
    last_rotation === null ? 'nothing rotated since the start' : `last ${agoWords(last_rotation)}`,
    waiting_files > 0 && `${countWords(waiting_files)} files wait to be sealed`,
    failing_files > 0 && `${countWords(failing_files)} fail`,
    quarantined_files > 0 && `${countWords(quarantined_files)} in quarantine`,
  ];
  return counts.filter((words) => words !== false).join(', ');
}

function statusWords(status: string): string {
  const [first = ''] = status;
  return first === '' ? 'Unknown' : first.toUpperCase() + status.slice(1).replaceAll('_', ' ');
}
