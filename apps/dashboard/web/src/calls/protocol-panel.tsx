import type { Protocol } from '../api/calls.ts';
import { visibleControls } from '../logs/text-segments.ts';
import { Icon } from '../ui/icons.tsx';
import { agoWords, byteWords, countWords } from '../ui/times.ts';

const ERAS = {
  legacy: 'with handshake',
  modern: 'without handshake',
  both: 'with and without handshake',
  unknown: 'nothing agreed yet',
} as const;

/** How the server speaks MCP: names, versions, and what it does wrong. */
export function ProtocolPanel({ protocol }: { protocol: Protocol }) {
  const { findings, server, clients, era, run } = protocol;
  const worst = findings[0]?.level;
  const versions = protocol.protocol_versions.join(', ') || 'unknown version';
  return (
    <details class="panel protocol">
      <summary>
        <span class="protocol-chevron">
          <Icon name="chevron" />
        </span>
        <h2>Protocol</h2>
        <span class={`protocol-verdict ${worst ?? 'good'}`}>
          <Icon name={worst === undefined ? 'check' : 'warning'} />
          {verdictOf(protocol)}
        </span>
        <span class="quiet protocol-brief">
          {visibleControls(versions)}
          {server !== null && ` · ${programName(server)}`}
        </span>
      </summary>
      <dl class="protocol-facts">
        <Fact name="Version">
          {visibleControls(versions)} <span class="quiet">{ERAS[era]}</span>
        </Fact>
        <Fact name="Server">{server === null ? 'has no name' : programName(server)}</Fact>
        <Fact name="Clients">
          {clients.length === 0 ? 'none yet' : clients.map(programName).join(', ')}
        </Fact>
        <Fact name="Seen">
          {agoWords(protocol.seen_at)} <span class="quiet">run {run}</span>
        </Fact>
        <Fact name="Messages">
          {countWords(protocol.figures.messages ?? 0)}{' '}
          <span class="quiet">
            the largest {byteWords(protocol.figures.largestMessageBytes ?? 0)}
          </span>
        </Fact>
      </dl>
      {findings.length > 0 && (
        <ul class="findings" aria-label="What the protocol says">
          {findings.map(({ code, level, message }) => (
            <li key={code} class={`finding ${level}`}>
              <span class="finding-level">{level}</span>
              {message}
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function programName({ name, version }: { name: string; version: string }): string {
  return visibleControls(version === '' ? name : `${name} ${version}`);
}

function verdictOf({ findings }: Protocol): string {
  const count = (level: string) => findings.filter((finding) => finding.level === level).length;
  if (findings.length === 0) return 'Nothing to complain about';
  const words = (some: number, one: string) => `${some} ${some === 1 ? one : `${one}s`}`;
  const parts = [
    count('error') > 0 && words(count('error'), 'error'),
    count('warn') > 0 && words(count('warn'), 'warning'),
    count('info') > 0 && words(count('info'), 'note'),
  ];
  return parts.filter((part) => part !== false).join(', ');
}
