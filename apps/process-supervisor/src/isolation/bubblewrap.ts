/**
 * The view of the machine that one server gets, as arguments of bubblewrap (`man bwrap`): everything
 * read-only, private processes and devices, nothing of the places that are hidden, of those only the
 * programs it was told to run and its own home.
 */
import { dirname, join, sep } from 'node:path';
import { isWithin, type ShownPath } from './shown-paths.ts';

/** A `/tmp` of its own, in memory; more belongs into the home. */
const TMP_BYTES = 64 * 1024 * 1024;
/** Name resolution may be configured below `/run`. */
const KEPT_OF_RUN = ['/run/systemd/resolve', '/run/resolvconf'];

/** What a server may use; each process on its own unless it says otherwise. */
export interface ChildLimits {
  /** Writable memory it may claim (RLIMIT_DATA), bytes. */
  readonly memoryBytes: number;
  /** Processes and threads of one uid; counts only where each user has one. */
  readonly processes: number;
  readonly openFiles: number;
}

export interface View {
  /** Its home and working directory; the only place it can write to that lasts. */
  readonly home: string;
  /** Folders that must be empty for it; they exist. */
  readonly hidden: readonly string[];
  /** Folders below which everything is private: data and logs, whatever else is shown. */
  readonly secret: readonly string[];
  /** What it needs all the same, and the hidden folder around it. */
  readonly shown: readonly (ShownPath & { readonly covered: string | undefined })[];
  /** The uid and gid it runs as; absent for that of this process, in a user namespace. */
  readonly uid: number | undefined;
  readonly limits: ChildLimits;
}

/** Arguments for `bwrap`, to be followed by the server's command. */
export function bubblewrapArgs(view: View): string[] {
  const { home, hidden, secret, shown, uid, limits } = view;
  return [
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
    ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...(uid === undefined ? ['--unshare-user'] : []),
    ...hidden.flatMap((path) => ['--tmpfs', path]),
    ...['/tmp', '/var/tmp'].flatMap(privateTmp),
    ...['--tmpfs', '/run', ...KEPT_OF_RUN.flatMap((path) => ['--ro-bind-try', path, path])],
    ...shown.flatMap(({ path, covered, writable }) => [
      ...(covered === undefined ? [] : wayTo(path, covered)),
      ...[writable ? '--bind' : '--ro-bind', path, path],
    ]),
    ...secret.flatMap((path) => ['--tmpfs', path]),
    ...secret.filter((path) => isWithin(home, path)).flatMap((path) => wayTo(home, path)),
    ...['--bind', home, home, '--chdir', home, '--'],
    ...limitArgs(limits, uid),
    ...(uid === undefined ? [] : ownerArgs(uid)),
  ];
}

/** The folders between an empty one and what is mounted below it: others must come through. */
function wayTo(path: string, covered: string): string[] {
  const steps = dirname(path)
    .slice(covered.length)
    .split(sep)
    .filter((step) => step !== '');
  return steps.flatMap((_, at) => [
    ...['--perms', '0755', '--dir', join(covered, ...steps.slice(0, at + 1))],
  ]);
}

function privateTmp(path: string): string[] {
  return ['--perms', '1777', '--size', String(TMP_BYTES), '--tmpfs', path];
}

function limitArgs({ memoryBytes, processes, openFiles }: ChildLimits, uid: number | undefined) {
  return [
    'prlimit',
    `--data=${memoryBytes}`,
    `--nofile=${openFiles}`,
    '--core=0',
    // Counted per uid: under a shared one it would count this service and every other server.
    ...(uid === undefined ? [] : [`--nproc=${processes}`]),
    '--',
  ];
}

function ownerArgs(uid: number): string[] {
  const owner = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  return ['setpriv', ...owner, '--no-new-privs', '--inh-caps=-all', '--bounding-set=-all', '--'];
}
