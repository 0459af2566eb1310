import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type Finding, fail, ok, warn } from './finding.ts';

const NODE_MAJOR_MIN = 24;
/** Versions before it cannot promise to survive a power loss (`sync_interval: always`). */
const NATS_VERSION_MIN = [2, 10] as const;
const USUAL_PLACES = ['/usr/local/bin', '/usr/bin', '/usr/sbin', '/opt/homebrew/bin', '/snap/bin'];
const GIB = 1024 ** 3;
const FREE_FAIL_BYTES = GIB / 2;
const FREE_WARN_BYTES = 5 * GIB;

export function checkNode(version: string): Finding {
  const isEnough = Number(version.split('.')[0]) >= NODE_MAJOR_MIN;
  if (isEnough) return ok('node', version);
  return fail('node', version, `install Node ${NODE_MAJOR_MIN} or newer`);
}

export function checkNatsServer(path: string): Finding {
  const check = 'nats-server';
  const places = [...path.split(delimiter), ...USUAL_PLACES, join(homedir(), 'go', 'bin')];
  const program = places
    .filter((place) => place !== '')
    .map((place) => join(place, check))
    .find(isProgram);
  const install = 'install it: apt-get install nats-server, or brew install nats-server';
  if (program === undefined) return fail(check, 'not found', install);
  const asked = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 5_000 });
  const [, major, minor] = /v?(\d+)\.(\d+)\.\d+/.exec(`${asked.stdout}`) ?? [];
  if (major === undefined) return fail(check, `${program} does not run`, install);
  const words = `${program}, version ${major}.${minor}`;
  const [leastMajor, leastMinor] = NATS_VERSION_MIN;
  const isOld =
    Number(major) < leastMajor || (Number(major) === leastMajor && Number(minor) < leastMinor);
  return isOld ? warn(check, words, '2.10 or newer survives a power loss') : ok(check, words);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

export function checkFolder(check: string, dir: string): Finding {
  const nearest = nearestFolder(dir);
  if (!isWritable(nearest)) {
    return fail(check, `${nearest} cannot be written`, 'give it to the user who runs mcplog');
  }
  if (nearest !== dir) return ok(check, `${dir} is made at the first start`);
  if (!statSync(dir).isDirectory()) return fail(check, `${dir} is no folder`, 'choose another');
  const mode = statSync(dir).mode & 0o777;
  if ((mode & 0o007) === 0) return ok(check, dir);
  return warn(check, `${dir} is open to every user (${mode.toString(8)})`, `chmod 700 ${dir}`);
}

export function checkDisk(check: string, dir: string): Finding {
  const { bavail, bsize, blocks } = statfsSync(nearestFolder(dir));
  const free = bavail * bsize;
  const share = blocks === 0 ? 100 : Math.round((bavail / blocks) * 100);
  const words = `${(free / GIB).toFixed(1)} GiB free (${share} %)`;
  const todo = 'make room, or move the folder to a larger disk';
  if (free < FREE_FAIL_BYTES) return fail(check, words, todo);
  return free < FREE_WARN_BYTES ? warn(check, words, todo) : ok(check, words);
}

function nearestFolder(dir: string): string {
  let at = dir;
  while (!existsSync(at)) at = dirname(at);
  return at;
}

function isWritable(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
