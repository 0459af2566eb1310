/**
 * Images for a machine without access to an image registry: Debian by debootstrap, this machine's
 * Node and npm in place of node:24, Debian's nats-server and redis-server. Made once, then kept.
 */
import { cpSync, existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeTempDir } from '@mcplog/test-kit';
import { run, works } from './run.ts';

const SUITE = 'bookworm';
const BASE = `mcplog-standin-base:${SUITE}`;
const SERVERS = `mcplog-standin-servers:${SUITE}`;
/** Authorities this machine trusts; a proxy of its own may be among them. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

export interface StandIns {
  /** In place of node:24. */
  readonly node: string;
  readonly nats: string;
  readonly natsVersion: string;
  readonly redis: string;
}

export async function ensureStandIns(say: (text: string) => void): Promise<StandIns> {
  const node = `mcplog-standin-node:${process.versions.node}`;
  await ensure(BASE, say, buildBase);
  await ensure(node, say, buildNode);
  await ensure(SERVERS, say, buildServers);
  const words = run([
    'docker',
    'run',
    '--rm',
    '--network',
    'none',
    SERVERS,
    'nats-server',
    '--version',
  ]);
  const natsVersion = /v(\d+\.\d+\.\d+)/.exec(words)?.[1] ?? words;
  return { node, nats: SERVERS, natsVersion, redis: SERVERS };
}

type Build = (tag: string, dir: string) => void;

async function ensure(tag: string, say: (text: string) => void, build: Build): Promise<void> {
  if (works(['docker', 'image', 'inspect', tag])) return;
  say(`making ${tag} …`);
  const dir = await makeTempDir('stand-in');
  try {
    build(tag, dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function buildBase(tag: string, dir: string): void {
  const root = join(dir, 'root');
  run(['debootstrap', '--variant=minbase', '--include=ca-certificates', SUITE, root]);
  run(['tar', '-C', root, '-cf', join(dir, 'root.tar'), '.']);
  run(['docker', 'import', join(dir, 'root.tar'), tag]);
}

function buildNode(tag: string, dir: string): void {
  // bin/npm-cli.js, behind the link on the PATH.
  const npm = join(dirname(realpathSync(run(['which', 'npm']))), '..');
  cpSync(process.execPath, join(dir, 'node'), { dereference: true });
  cpSync(npm, join(dir, 'npm'), { recursive: true });
  mkdirSync(join(dir, 'authorities'));
  if (existsSync(AUTHORITIES))
    cpSync(AUTHORITIES, join(dir, AUTHORITIES.replace(dirname(AUTHORITIES), 'authorities')));
  buildImage(tag, dir, [
    `FROM ${BASE}`,
    'COPY node /usr/local/bin/node',
    'COPY npm /usr/local/lib/node_modules/npm',
    `COPY authorities ${dirname(AUTHORITIES)}`,
    'RUN cd /usr/local/bin && for name in npm npx; do ln -s ../lib/node_modules/npm/bin/$name-cli.js $name; done',
    `ENV NODE_EXTRA_CA_CERTS=${AUTHORITIES}`,
  ]);
}

function buildServers(tag: string, dir: string): void {
  const packages = 'nats-server redis-server wget';
  buildImage(tag, dir, [
    `FROM ${BASE}`,
    `RUN apt-get update && apt-get install -y --no-install-recommends ${packages} && rm -rf /var/lib/apt/lists/*`,
  ]);
}

function buildImage(tag: string, dir: string, dockerfile: readonly string[]): void {
  writeFileSync(join(dir, 'Dockerfile'), `${dockerfile.join('\n')}\n`);
  run(['docker', 'build', '--network', 'host', '--tag', tag, dir]);
}
