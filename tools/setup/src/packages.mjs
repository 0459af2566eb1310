import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { orRefuse, SetupError, say } from './say.mjs';

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[\\/]$/, '');

const NODE_MAJOR_MIN = 24;
const INSTALL = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockedPackage
 * @typedef {Record<string, LockedPackage>} LockedPackages
 */

/** Installs the packages of package-lock.json unless exactly they are installed. */
export function ensurePackages(root = ROOT) {
  if (packagesAreInstalled(root)) return;
  say('installing the packages of package-lock.json (npm ci) …');
  if (runNpm(root, INSTALL) !== 0) {
    throw new SetupError(
      'npm ci failed, see above. Check the network and the npm registry ("npm ping"), then run the command again.',
    );
  }
}

/**
 * npm writes down what it installed in node_modules/.package-lock.json, last of all: comparing it
 * needs no marker of ours, sees a half-finished install, and honours an "npm ci" run by hand.
 * @param {string} root
 */
export function packagesAreInstalled(root) {
  const wanted = lockedPackages(join(root, 'package-lock.json'));
  const installed = lockedPackages(join(root, 'node_modules', '.package-lock.json'));
  return Object.entries(wanted).every(([path, locked]) => {
    const present = installed[path];
    if (path === '') return true;
    if (present === undefined) return locked.optional === true || locked.devOptional === true;
    return present.version === locked.version && present.integrity === locked.integrity;
  });
}

/**
 * @param {string} file
 * @returns {LockedPackages}
 */
function lockedPackages(file) {
  if (!existsSync(file)) return {};
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}

/**
 * The Node that runs the product: this one when it is new enough, else the one of the npm package
 * `node`, which is the real binary.
 */
export function ensureNode(root = ROOT) {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) return process.execPath;
  const binary = join(root, 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(binary)) runNpm(root, ['rebuild', 'node', '--ignore-scripts=false']);
  if (existsSync(binary)) return binary;
  throw new SetupError(
    `mcplog runs on Node ${NODE_MAJOR_MIN} or newer, this is ${process.version}, and the npm package "node" has no ` +
      `binary for ${process.platform}-${process.arch}. Install Node ${NODE_MAJOR_MIN} from https://nodejs.org/en/download`,
  );
}

/**
 * @param {string} root
 * @param {string[]} args
 */
function runNpm(root, args) {
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  return spawnSync(command, [...first, ...args], { cwd: root, stdio: ['ignore', 2, 2] }).status;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) orRefuse(() => ensurePackages());
