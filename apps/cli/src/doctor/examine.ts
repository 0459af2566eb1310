import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type AccessFlags, dataDirs, findAccessIfAny, ROOT } from '../access.ts';
import { usageError } from '../errors.ts';
import { loadSettings, type Settings } from '../settings.ts';
import type { Finding } from './finding.ts';
import { checkDisk, checkFolder, checkNatsServer, checkNode } from './machine-checks.ts';
import { checkLogin, checkPort, checkServices } from './platform-checks.ts';

export interface ExamineFlags extends AccessFlags {
  readonly logs?: string | undefined;
  readonly port?: string | undefined;
}

/** Every check; none of them throws. */
export async function examine(flags: ExamineFlags): Promise<Finding[]> {
  const settings = loadSettings();
  const port = readPort(settings, flags);
  const folders = dataDirs(settings, flags.data);
  const data = folders.find((folder) => existsSync(folder)) ?? folders.at(-1) ?? join(ROOT, 'data');
  const logs = resolve(flags.logs ?? settings.logDir ?? join(ROOT, 'logs'));
  const access = findAccessIfAny(settings, flags);
  const url = access?.url ?? settings.url ?? `http://127.0.0.1:${port}`;
  return [
    checkNode(process.versions.node),
    checkNatsServer(settings.path),
    await checkPort(port),
    checkFolder('data folder', data),
    checkFolder('log folder', logs),
    await checkServices(url, access),
    await checkLogin(access),
    checkDisk('disk of the data folder', data),
    checkDisk('disk of the log folder', logs),
  ];
}

function readPort(settings: Settings, flags: ExamineFlags): number {
  if (flags.port === undefined) return settings.port;
  const port = /^\d{1,5}$/.test(flags.port) ? Number(flags.port) : Number.NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw usageError(`--port ${flags.port}: accepted is a whole number from 1 to 65535`);
}
