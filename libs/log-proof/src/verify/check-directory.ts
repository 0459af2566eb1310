/** One instance's directory, or the system's: everything in it against everything that was signed. */
import { join } from 'node:path';
import {
  type Disk,
  INDEX_DIRECTORY,
  listSegments,
  parseSegmentName,
} from '@mcplog/log-store/check';
import { manifestChain } from '../checkpoint.ts';
import { isPlainLogFile } from '../file-state.ts';
import { dayOfManifestFile } from '../manifest.ts';
import { isDirectory } from '../manifest-files.ts';
import { checkManifests, type DirectoryPlace } from './check-manifests.ts';
import { checkPositions } from './check-positions.ts';
import { checkSegments } from './check-segments.ts';
import { ExpectedSeals } from './expected-seals.ts';
import type { Finding } from './finding.ts';

export interface DirectoryOptions extends DirectoryPlace {
  readonly isDeep: boolean;
  readonly signal?: AbortSignal;
  readonly onBytes: (bytes: number) => void;
}

export async function checkDirectory(options: DirectoryOptions): Promise<Finding[]> {
  const { disk, logs, directory, history } = options;
  options.counts.directories++;
  const checked = checkManifests(options);
  const deletions = [
    ...history.deletions,
    ...checked.manifests.flatMap(({ body }) => body.deletions),
  ].filter(({ body }) => body.directory === directory);
  const expected = new ExpectedSeals({
    manifests: checked.manifests,
    pending: history.pending.sealsOf(directory),
    deletions,
  });
  // Said once for all when manifests went with it; before the first one each index is named.
  const isLost = checked.isIncomplete && !isDirectory(disk, join(logs, directory, INDEX_DIRECTORY));
  const isIncomplete = checked.isIncomplete || history.isLost;
  const segments = await checkSegments({ ...options, expected, isIncomplete, isLost });
  const positions = [
    ...checked.manifests.flatMap(({ body }) => body.files),
    ...history.heads.filter((head) => head.directory === directory),
  ];
  const findings = [...checked.findings, ...segments];
  const isAllKnown =
    !isIncomplete && !history.findings.some(({ kind }) => kind.startsWith('journal'));
  const known = { expected, positions, findings, isIncomplete: !isAllKnown };
  findings.push(...checkPositions({ ...options, ...known }));
  findings.push(...unknownFiles(disk, logs, directory));
  if (history.isLost) return findings.filter(({ kind }) => kind !== 'segment-unrecorded');
  return findings;
}

function unknownFiles(disk: Disk, logs: string, directory: string): Finding[] {
  const unknown = (name: string): Finding => ({
    kind: 'file-unknown',
    file: `${directory}/${name}`,
    message: 'nothing of ours has this name',
  });
  const path = join(logs, directory);
  const isOurs = (name: string) =>
    name === INDEX_DIRECTORY ? isDirectory(disk, join(path, name)) : isLogFile(disk, path, name);
  const findings = disk
    .readdir(path)
    .sort()
    .filter((name) => !isOurs(name))
    .map(unknown);
  const index = join(path, INDEX_DIRECTORY);
  if (!isDirectory(disk, index)) return findings;
  const isOfIndex = (name: string) =>
    disk.lstat(join(index, name))?.kind === 'file' &&
    (name.endsWith('.part') ||
      dayOfManifestFile(name) !== undefined ||
      (name.endsWith('.idx') && parseSegmentName(name) !== undefined));
  const inIndex = disk
    .readdir(index)
    .sort()
    .filter((name) => !isOfIndex(name));
  return [...findings, ...inIndex.map((name) => unknown(`${INDEX_DIRECTORY}/${name}`))];
}

function isLogFile(disk: Disk, path: string, name: string): boolean {
  const isNamed = isPlainLogFile(name) || (name.endsWith('.gz') && parseSegmentName(name));
  // What a service renamed or deleted meanwhile is no finding.
  const kind = disk.lstat(join(path, name))?.kind ?? 'file';
  return Boolean(isNamed) && kind === 'file';
}

/** Changes whenever a service seals, rotates or closes a day in the directory. */
export function stateOf({ disk, logs, directory, history }: DirectoryPlace): string {
  const segments = listSegments(disk, join(logs, directory)).map(
    ({ name, hasPlain, hasSealed }) => `${JSON.stringify(name)}${hasPlain}${hasSealed}`,
  );
  const tip = history.tips.get(manifestChain(directory))?.number;
  return [history.version, tip, ...segments].join('\n');
}
