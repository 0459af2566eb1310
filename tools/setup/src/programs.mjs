import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ROOT } from './packages.mjs';
import { SetupError, say } from './say.mjs';

/**
 * @typedef {object} Program
 * @property {string[]} names   the names it is installed under, best first
 * @property {string} apt       its package in Debian and Ubuntu
 * @property {string[]} brew    the arguments of `brew install`
 * @property {string} page      where people get it by hand
 * @property {string} [optional]  what is missing without it, when the rest works all the same
 */

/** @type {Record<'nats-server' | 'redis-server' | 'chromium' | 'bwrap', Program>} */
export const PROGRAMS = {
  'nats-server': {
    names: ['nats-server'],
    apt: 'nats-server',
    brew: ['nats-server'],
    page: 'https://github.com/nats-io/nats-server/releases',
  },
  'redis-server': {
    names: ['redis-server'],
    apt: 'redis-server',
    brew: ['redis'],
    page: 'https://redis.io/docs/latest/operate/oss_and_stack/install/',
  },
  chromium: {
    names: [
      'chromium',
      'chromium-browser',
      'google-chrome',
      'google-chrome-stable',
      'Google Chrome',
    ],
    apt: 'chromium',
    brew: ['--cask', 'google-chrome'],
    page: 'https://www.google.com/chrome/',
  },
  bwrap: {
    names: ['bwrap'],
    apt: 'bubblewrap',
    brew: [],
    page: 'https://github.com/containers/bubblewrap',
    optional: 'without it MCP servers are not isolated from each other',
  },
};

const USUAL_PLACES = [
  ...['/usr/local/bin', '/usr/bin', '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'],
  ...['/snap/bin', join(homedir(), 'go', 'bin'), join(homedir(), '.local', 'bin')],
  '/Applications/Google Chrome.app/Contents/MacOS',
];

// The packages bring services that Debian starts on their default ports; ours start their own on
// free ports. policy-rc.d is Debian's way to say no, and "disable" holds for the next boot.
const APT_SCRIPT = `
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy" && trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -q --no-install-recommends "$@"; }
install "$@" || { apt-get update -q && install "$@"; } || exit 1
[ -d /run/systemd/system ] || exit 0
for package in "$@"; do systemctl disable --now "$package" 2>/dev/null || true; done
`;

/**
 * The paths of the programs; installs those that are missing, all in one go. An optional one may
 * stay missing.
 * @template {keyof typeof PROGRAMS} Name
 * @param {Name[]} wanted
 * @returns {Record<Name, string>}
 */
export function ensurePrograms(wanted) {
  const missing = wanted.filter((name) => findProgram(name) === undefined && existsHere(name));
  const tried = missing.filter((name) => !isOptional(name) || isFirstTry(name));
  if (tried.length > 0) install(tried);
  const still = missing.filter((name) => findProgram(name) === undefined);
  for (const name of still.filter(isOptional)) say(`${name}: ${PROGRAMS[name].optional}`);
  const needed = still.filter((name) => !isOptional(name));
  if (needed.length > 0) throw new SetupError(needed.map(instruction).join('\n'));
  return /** @type {Record<Name, string>} */ (
    Object.fromEntries(wanted.map((name) => [name, findProgram(name)]))
  );
}

/**
 * @param {keyof typeof PROGRAMS} name
 * @returns {string | undefined} its path
 */
export function findProgram(
  name,
  dirs = [...(process.env.PATH ?? '').split(delimiter), ...USUAL_PLACES],
) {
  const candidates = PROGRAMS[name].names.flatMap((file) => dirs.map((dir) => join(dir, file)));
  return candidates.find(isProgram);
}

/** The environment's PATH with the folders of these programs at its end. */
export function pathWith(/** @type {string[]} */ programs) {
  const present = (process.env.PATH ?? '').split(delimiter);
  const added = programs.map(dirname).filter((dir) => !present.includes(dir));
  return [...present, ...new Set(added)].join(delimiter);
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** @param {keyof typeof PROGRAMS} name */
function isOptional(name) {
  return PROGRAMS[name].optional !== undefined;
}

/**
 * Installing may take minutes to fail where there is no network: an optional program is not worth
 * that at every start.
 * @param {keyof typeof PROGRAMS} name
 */
function isFirstTry(name) {
  const mark = join(ROOT, 'node_modules', '.cache', `tried-${name}`);
  if (existsSync(mark)) return false;
  mkdirSync(dirname(mark), { recursive: true });
  writeFileSync(mark, '');
  return true;
}

/** @param {keyof typeof PROGRAMS} name */
function existsHere(name) {
  return process.platform === 'linux' || PROGRAMS[name].brew.length > 0;
}

/** @param {(keyof typeof PROGRAMS)[]} names */
function install(names) {
  const root = rootCommand();
  if (isInstalled('apt-get') && root !== undefined) {
    say(`installing ${names.join(', ')} with apt-get (once) …`);
    const packages = names.map((name) => PROGRAMS[name].apt);
    run([...root, 'sh', '-c', APT_SCRIPT, 'sh', ...packages]);
  } else if (isInstalled('brew')) {
    say(`installing ${names.join(', ')} with brew (once) …`);
    for (const name of names) run(['brew', 'install', ...PROGRAMS[name].brew]);
  }
}

/** What stands before a command that needs root: nothing, sudo, or undefined when it cannot be had. */
function rootCommand() {
  if (process.getuid?.() === 0) return [];
  const sudo = ['sudo', '-n'];
  return isInstalled('sudo') && run([...sudo, 'true'], 'ignore') === 0 ? sudo : undefined;
}

/** @param {string} name */
function isInstalled(name) {
  const dirs = [...(process.env.PATH ?? '').split(delimiter), ...USUAL_PLACES];
  return dirs.some((dir) => isProgram(join(dir, name)));
}

/**
 * @param {string[]} commandLine
 * @param {'ignore' | 2} output
 */
function run([command = '', ...args], output = 2) {
  return spawnSync(command, args, { stdio: ['ignore', output, output] }).status;
}

/** @param {keyof typeof PROGRAMS} name */
function instruction(name) {
  const { page, apt, brew } = PROGRAMS[name];
  return (
    `${name} is not installed and could not be installed from here. Install it with ` +
    `"sudo apt-get install ${apt}" or "brew install ${brew.join(' ')}", or from ${page}, ` +
    'so that it is on the PATH; then run the command again.'
  );
}
